from __future__ import annotations

from nshot.data import Catalog
from nshot.prompting import shuffle_schema


def test_the_order_changes_with_the_seed_and_nothing_is_lost() -> None:
    catalog = Catalog.sample()
    schema = max((catalog.schema(db_id) for db_id in catalog.ids()), key=lambda one: len(one.tables))
    drawn = [shuffle_schema(schema, seed) for seed in range(8)]
    assert len({one.tables for one in drawn}) > 4
    assert shuffle_schema(schema, 3) == drawn[3]
    for one in drawn:
        assert sorted(table.name for table in one.tables) == sorted(table.name for table in schema.tables)
        assert one.foreign_keys == schema.foreign_keys
        for table in schema.tables:
            other = one.table(table.name)
            assert other is not None
            assert sorted(other.columns) == sorted(table.columns)
            assert other.primary_key == table.primary_key
