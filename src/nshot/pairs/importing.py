"""Pairs from files of solved questions, each through the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nshot.pairs.book import PairBook
from nshot.pairs.gate import GateResult, PairDatabases
from nshot.pairs.journal import is_journal
from nshot.pairs.pair import Pair

if TYPE_CHECKING:
    from nshot.data import Catalog, ColumnMap
    from nshot.types import Example, Problem


class NotImported(NamedTuple):
    """A row that did not become a pair."""

    example: Example
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; `rows` is the sum of all the others."""

    rows: int
    added: tuple[Pair, ...]
    duplicates: int
    """Rows that say what a pair says already."""
    conflicts: tuple[NotImported, ...]
    """Rows whose question has other SQL in a pair."""
    refused: tuple[NotImported, ...]
    """Rows that the gate refused."""
    problems: tuple[Problem, ...]
    """Rows that could not be read, by line."""


def import_pairs(
    book: PairBook,
    path: str | Path,
    catalog: Catalog,
    *,
    columns: ColumnMap | None = None,
    db_id: str | None = None,
    author: str = "",
    newer: bool = False,
) -> ImportReport:
    """Save the rows of a file that pass the checks.

    Args:
        book: Where they go.
        path: CSV, JSON, JSONL or Parquet, or another journal, whose active pairs are taken.
        catalog: The databases that the rows may name.
        columns: The file's own column names where they are not the usual ones.
        db_id: The database of rows that name none.
        author: Who vouches for them.
        newer: A row takes the place of the pairs that it is in conflict with.

    Raises:
        DataError: The file as a whole cannot be used, or the journal cannot be written.
    """
    from nshot.data import ColumnMap, read_pool

    problems: tuple[Problem, ...] = ()
    if str(path) != "sample" and Path(path).is_file() and is_journal(Path(path)):
        examples = _of_journal(Path(path), catalog)
        rows = len(examples)
    else:
        report = read_pool(path, columns or ColumnMap(), db_id=db_id)
        examples, problems, rows = report.examples, report.problems, report.rows
    added: list[Pair] = []
    conflicts: list[NotImported] = []
    refused: list[NotImported] = []
    duplicates = 0
    for example in examples:
        result = book.add(example.question, example.sql, example.db_id, author=author)
        if result.outcome == "conflict" and newer:
            result = _replace(book, example, result.conflicts, author)
        if result.outcome == "added" and result.pair is not None:
            added.append(result.pair)
        elif result.outcome == "duplicate":
            duplicates += 1
        else:
            others = conflicts if result.outcome == "conflict" else refused
            others.append(NotImported(example, result.reason))
    return ImportReport(rows, tuple(added), duplicates, tuple(conflicts), tuple(refused), problems)


def _replace(book: PairBook, example: Example, others: Sequence[Pair], author: str) -> GateResult:
    for pair in others[1:]:
        book.retract(pair.id, author=author)
    return book.add(example.question, example.sql, example.db_id, author=author, replace_id=others[0].id)


def _of_journal(path: Path, databases: PairDatabases) -> tuple[Example, ...]:
    return tuple(pair.example for pair in PairBook(path, databases).active())
