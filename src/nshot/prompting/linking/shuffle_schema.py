"""Reorder a schema at random, so that a model learns names instead of positions."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nshot.types import Schema


def shuffle_schema(schema: Schema, seed: int | str) -> Schema:
    """The schema with its tables, and the columns of each table, in a random order.

    Foreign keys keep their order, because a join written without a condition means the first key.
    """
    rng = random.Random(seed)
    tables = [
        table._replace(columns=tuple(rng.sample(table.columns, len(table.columns))))
        for table in rng.sample(schema.tables, len(schema.tables))
    ]
    return replace(schema, tables=tuple(tables))
