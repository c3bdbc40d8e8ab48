"""The entries of an index, and the result of a search."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nshot.arrays import Float64Array, IntArray
from nshot.types import Example

Scores = Float64Array
RowArray = IntArray


class Entry(NamedTuple):
    """One example with the texts and keys derived from it when the index was built."""

    example: Example
    masked: str
    """The question with its schema words and values masked."""
    skeleton: str
    sql_keys: tuple[str, ...]
    """Two entries that share a key have the same SQL."""

    def text(self, field: str) -> str:
        """The masked question for the field `masked`, otherwise the question."""
        return self.masked if field == "masked" else self.example.question


class Hits(NamedTuple):
    """A ranking: best first, ties by the lower row."""

    rows: RowArray
    """(k,) int64"""
    scores: Scores
    """(k,) float64"""


def write_entries(entries: Iterable[Entry]) -> Iterator[str]:
    """JSON lines, one per entry."""
    for entry in entries:
        example = entry.example
        yield json.dumps(
            {
                "id": example.id,
                "db_id": example.db_id,
                "question": example.question,
                "sql": example.sql,
                "masked": entry.masked,
                "skeleton": entry.skeleton,
                "sql_keys": entry.sql_keys,
                "difficulty": example.difficulty,
                "tags": example.tags,
            },
            ensure_ascii=False,
        )


def read_entries(lines: Iterable[str]) -> list[Entry]:
    """The entries written by `write_entries`, in the same order."""
    records = json.loads(f"[{','.join(line for line in lines if line.strip())}]")
    return [
        Entry(
            Example(r["id"], r["question"], r["sql"], r["db_id"], r["difficulty"], tuple(r["tags"])),
            r["masked"],
            r["skeleton"],
            tuple(r["sql_keys"]),
        )
        for r in records
    ]
