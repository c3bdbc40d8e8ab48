"""The part of a schema that SQL names, for training data and for the contexts of examples."""

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
    """The tables and columns that the SQL names, with primary keys and the keys that join the
    tables.

    Args:
        schema: The whole schema of the database.
        sql: The SQL. Aliases, subqueries and `*` are resolved; names that the schema lacks are
            ignored.
        all_columns: Keep every column of the named tables.

    Returns:
        A part of the schema in its own order; the whole schema if the SQL names none of its tables.

    Raises:
        SqlParseError: The text is not SQL.
    """
    needed = find_named(schema, sql)
    if not needed:
        return schema
    if all_columns:
        return narrow(schema, {table: range(len(schema.tables[table].columns)) for table in needed})
    return narrow(schema, _with_keys(schema, needed))


def gold_with_distractors(schema: Schema, sql: str, seed: int | str, *, max_tables: int = 3) -> Schema:
    """The `gold` part with irrelevant tables and columns added, so that a model learns to choose.

    0 to `max_tables` further tables are drawn. Of their columns, and of the other columns of the
    gold tables, a random share (drawn from 0..1) is kept. Keys are always kept.

    Args:
        schema: The whole schema of the database.
        sql: The SQL whose tables and columns must stay.
        seed: The same seed gives the same part.
        max_tables: Most irrelevant tables.

    Raises:
        SqlParseError: The text is not SQL.
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
