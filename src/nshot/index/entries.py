"""The entries of an index, and the result of a search."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

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
    same_db: str = "never"
    """The policy of its pool: `allow` if questions of its own database may be shown it, else
    `never`.
    """

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
    """JSON lines, one per entry. The policy is only written if it differs between entries."""
    entries = list(entries)
    mixed = len({entry.same_db for entry in entries}) > 1
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
                **({"dialect": example.dialect} if example.dialect else {}),
                **({"same_db": entry.same_db} if mixed else {}),
            },
            ensure_ascii=False,
        )


def read_entries(lines: Iterable[str], same_db: str) -> list[Entry]:
    """The entries written by `write_entries`, in the same order.

    Args:
        lines: The lines written.
        same_db: The policy of entries that do not have one of their own.
    """
    records = json.loads(f"[{','.join(line for line in lines if line.strip())}]")
    return [
        Entry(
            _read_example(r),
            r["masked"],
            r["skeleton"],
            tuple(r["sql_keys"]),
            r.get("same_db", same_db),
        )
        for r in records
    ]


def _read_example(record: dict[str, Any]) -> Example:
    fields = {name: record[name] for name in ("id", "question", "sql", "db_id", "difficulty")}
    return Example(**fields, tags=tuple(record["tags"]), dialect=record.get("dialect", ""))
