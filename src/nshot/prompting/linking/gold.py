"""The part of a schema that a SQL text names, for training data and for contexts of examples."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from nshot.prompting.linking.find_named import find_named
from nshot.prompting.linking.narrow import narrow
from nshot.prompting.serialize.links import Links

if TYPE_CHECKING:
    from collections.abc import Collection

    from nshot.types import Schema


def gold(schema: Schema, sql: str, *, all_columns: bool = False) -> Schema:
    """The tables and columns that the SQL names, with primary keys and the keys that join them.

    Args:
        schema: the whole schema of the database.
        sql: the SQL; aliases, subqueries and `*` are resolved, names that the schema lacks ignored.
        all_columns: keep every column of the tables named.

    Returns:
        A part of the schema in its own order; the whole schema if the SQL names none of its tables.

    Raises:
        SqlParseError: the text is not SQL.
    """
    needed = find_named(schema, sql)
    if not needed:
        return schema
    if all_columns:
        return narrow(schema, {table: range(len(schema.tables[table].columns)) for table in needed})
    return narrow(schema, _with_keys(schema, needed))


def gold_with_distractors(schema: Schema, sql: str, seed: int | str, *, max_tables: int = 3) -> Schema:
    """The `gold` part obscured by irrelevant tables and columns, so that a model learns to choose.

    0 to `max_tables` further tables are drawn, and one share in 0..1: every column that is not needed
    stays with this probability. Keys stay.

    Args:
        schema: the whole schema of the database.
        sql: the SQL that must remain possible.
        seed: the same seed gives the same part.
        max_tables: most irrelevant tables.

    Raises:
        SqlParseError: the text is not SQL.
    """
    needed = find_named(schema, sql)
    if not needed:
        return schema
    rng = random.Random(seed)
    others = [number for number in range(len(schema.tables)) if number not in needed]
    drawn = rng.sample(others, rng.randint(0, min(max_tables, len(others))))
    share = rng.random()
    keep = _with_keys(schema, {**needed, **dict.fromkeys(drawn, ())})
    for table in sorted(keep):
        every = range(len(schema.tables[table].columns))
        keep[table] |= {place for place in every if place not in keep[table] and rng.random() < share}
    return narrow(schema, keep)


def _with_keys(schema: Schema, needed: dict[int, Collection[int]]) -> dict[int, set[int]]:
    links = Links(schema)
    return {table: {*columns, *links.keys(table, needed)} or {0} for table, columns in sorted(needed.items())}
