from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.prompting import ddl
from nshot.types import CellMatch, Column, ForeignKey, Schema, Table


def created(sql: str) -> dict[str, list[tuple[str, int]]]:
    """What SQLite made of it: for each table its columns with their place in the primary key."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(sql)
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            table: [
                (name, key)
                for name, key in connection.execute(
                    "SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", [table]
                )
            ]
            for table in tables
        }
    finally:
        connection.close()


def test_a_table_is_one_line_as_in_the_seed_document() -> None:
    schema = Schema(
        "d",
        (
            Table("customer", (Column("customer_key", "int"),), ("customer_key",)),
            Table("address", (Column("address_key", "int"), Column("customer_key", "int")), ("address_key",)),
        ),
    )
    assert ddl(schema) == (
        "CREATE TABLE customer ( customer_key INT PRIMARY KEY );\n"
        "CREATE TABLE address ( address_key INT PRIMARY KEY, customer_key INT );"
    )


def test_keys_are_written(farm: Schema) -> None:
    assert ddl(farm).splitlines()[-1] == (
        "CREATE TABLE competition_record ( Competition_ID INT, Farm_ID INT, Rank INT, "
        "PRIMARY KEY (Competition_ID, Farm_ID), "
        "FOREIGN KEY (Competition_ID) REFERENCES farm_competition (Competition_ID), "
        "FOREIGN KEY (Farm_ID) REFERENCES farm (Farm_ID) );"
    )


def test_values_and_descriptions_are_comments() -> None:
    table = Table("t", (Column("a", "int", "", "the\nfirst"), Column("b", "text")), ("a",), "", "all of it")
    assert ddl(Schema("d", (table,)), [CellMatch("t", "b", "it's", 0, 1)]) == (
        "CREATE TABLE t ( -- all of it\n"
        "  a INT PRIMARY KEY, -- the first\n"
        "  b TEXT -- for example 'it''s'\n"
        ");"
    )


@pytest.mark.parametrize(
    "kind", ["varchar(20)", "numeric(10, 2)", "enum('a','b')", "integer[]", "", "a -- b", "unique"]
)
def test_any_declared_type_can_be_executed(kind: str) -> None:
    assert created(ddl(Schema("d", (Table("t", (Column("a", kind), Column("b"))),)))) == {
        "t": [("a", 0), ("b", 0)]
    }


def test_a_foreign_key_on_two_columns_can_be_executed() -> None:
    key = ForeignKey("a", ("x", "y"), "b", ("u", "v"))
    schema = Schema(
        "d", (Table("a", (Column("x"), Column("y"))), Table("b", (Column("u"), Column("v")))), (key,)
    )
    assert "FOREIGN KEY (x, y) REFERENCES b (u, v)" in ddl(schema)
    assert set(created(ddl(schema))) == {"a", "b"}


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufffd"), min_size=1, max_size=12)
NAMES = NAMES.map(str.strip).filter(lambda name: name and len(name.splitlines()) == 1 and "<|" not in name)
NAMES = NAMES.filter(lambda name: not name.lower().startswith("sqlite_")) | st.sampled_from(
    ["order", "Group", 'a"b']
)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=4, unique_by=str.upper), st.text(max_size=20))
def test_any_names_and_descriptions_can_be_executed(table: str, names: list[str], description: str) -> None:
    columns = tuple(Column(name, "text", "", description) for name in names)
    made = created(ddl(Schema("d", (Table(table, columns, (names[0],)),))))
    assert made == {table: [(name, int(place == 0)) for place, name in enumerate(names)]}


@pytest.mark.spider
def test_every_schema_of_spider_can_be_executed(spider: Path) -> None:
    from nshot.data import Catalog

    catalog = Catalog(spider)
    for db_id in catalog.ids():
        schema = catalog.schema(db_id)
        assert len(created(ddl(schema))) == len(schema.tables), db_id
