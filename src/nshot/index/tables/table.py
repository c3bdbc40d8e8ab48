"""What an engine must be able to do to keep examples.

A **key** is the number by which an engine finds a record again; it means nothing else. The order of
records is that of their stamps, which rise with each writer's records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from nshot.arrays import Float32Array, IntArray
from nshot.index.example_store import VectorField
from nshot.index.filter import Filter

Columns = Mapping[str, Sequence[Any]]
"""Values of records by column; all have one length."""
KEY = "key"

TEXTS = ("id", "db_id", "difficulty", "tags", "same_db", "entry")
"""Text columns. `tags`: a JSON list; `entry`: the JSON record of the whole entry."""
NUMBERS = ("stamp", "repeat", "question_key", "digest")
"""Columns of int64. `repeat`: equal for exact repeats; `digest`: of the whole example."""
PACKED = ("sql_keys", "question_terms", "masked_terms")
"""Columns of bytes: int64 numbers, little-endian, one after the other."""
SHORT = ("id", "db_id", "difficulty", "tags", "same_db", "stamp", "repeat", "question_key", "sql_keys")
"""The columns that filters and the leak rule read."""


class Found(NamedTuple):
    """What an engine found for one vector."""

    keys: IntArray
    """(m,) int64"""
    vectors: Float32Array
    """(m, dim) float32: the stored ones, for exact scores."""


class TableLayout(NamedTuple):
    """The columns of a table that differ between pools."""

    dims: Mapping[VectorField, int]
    """Dimension of each vector column; empty without vectors."""
    vectors: str
    """`flat` (exact) or `hnsw`."""


class ExampleTable(Protocol):
    """A table of examples, opened for reading as it was at that time where the engine can do so."""

    most: int
    """Records that one search by vector may return."""

    def scan(self, columns: Sequence[str]) -> Columns:
        """All records, in no special order, with their KEY."""

    def take(self, keys: Sequence[int], column: str) -> Sequence[Any]:
        """The values of a column for these keys, in the order given.

        Raises:
            IndexFolderError: A record is gone.
        """

    def nearest(self, field: VectorField, vectors: Float32Array, k: int, only: Filter) -> list[Found]:
        """For each vector the k nearest records that pass `condition(only)`; order does not
        matter."""

    def dims(self) -> dict[VectorField, int]:
        """The dimension of each vector column."""

    def schemas(self) -> dict[str, str]:
        """The schemas of databases as JSON texts, by db_id."""

    def another(self) -> ExampleTable:
        """The same table for a writer; what it refreshes does not move this one."""

    def lock(self) -> AbstractContextManager[None]:
        """Inside, no other writer of this engine's table can be between two steps of its own."""

    def refresh(self) -> None:
        """See what others have written."""

    def append(self, columns: Mapping[str, Any], schemas: Mapping[str, str]) -> None:
        """Add records, all or none; schemas only of databases that have none yet."""

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the records with these ids."""

    def finish(self, layout: TableLayout) -> None:
        """Called once after a new table was filled."""

    def drop(self) -> None:
        """Remove the table."""


class Spelling(NamedTuple):
    """How an engine writes a condition."""

    quote: Callable[[str], str]
    opening: str
    closing: str
    equal: str


def condition(only: Filter, how: Spelling) -> str:
    """The part of a filter that every engine can check; empty for none.

    Tags, excluded ids and repeats are left to the caller.
    """

    def among(column: str, names: frozenset[str], word: str = "IN") -> str:
        listed = ", ".join(map(how.quote, sorted(names)))
        return f"{column} {word} {how.opening}{listed}{how.closing}"

    parts = []
    if only.db_ids:
        parts.append(among("db_id", only.db_ids))
    if only.difficulties:
        parts.append(among("difficulty", only.difficulties))
    if only.exclude_db_ids:
        parts.append(among("db_id", only.exclude_db_ids, "NOT IN"))
    if only.closed_db_ids:
        is_open = f"same_db {how.equal} {how.quote('allow')}"
        parts.append(f"({is_open} OR {among('db_id', only.closed_db_ids, 'NOT IN')})")
    return " AND ".join(parts)


VECTOR_FIELDS: tuple[VectorField, ...] = ("question", "masked", "content")


def vector_column(field: VectorField) -> str:
    """The column of a field's vectors."""
    return f"{field}_vector"
