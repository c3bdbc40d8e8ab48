"""The pairs that a model may learn from: each passed the gate, and none contradicts another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.errors import FileMissingError
from nshot.pairs import Pair, PairBook, is_journal
from nshot.types import Example, Question

if TYPE_CHECKING:
    from nshot.data import Catalog


@dataclass(frozen=True)
class CheckedPairs:
    """The pairs of a file after the check; `rows` is the sum of pairs and of those left out."""

    pairs: tuple[Question, ...]
    """With their SQL and ids, in the order of the file."""
    left_out: tuple[str, ...]
    """One sentence for each row that is left out: which, and why."""
    rows: int

    @property
    def examples(self) -> tuple[Example, ...]:
        """The pairs as members of a pool."""
        return tuple(Example(one.id, one.text, one.sql or "", one.db_id) for one in self.pairs)


def check_pairs(path: Path, catalog: Catalog, db_id: str | None = None, columns: str = "") -> CheckedPairs:
    """The pairs of a file whose SQL runs; duplicates and contradictions are named and left out.

    Two pairs contradict each other if they ask the same question of the same database with
    different SQL. Which one is right is not known, so both are left out.

    Args:
        path: CSV, JSON, JSONL or Parquet, or a journal of pairs.
        catalog: The databases.
        db_id: The database of rows that name none.
        columns: The file's column names, as `ColumnMap.parse` takes them.

    Raises:
        FileMissingError: There is no such file.
        DataError: The file as a whole cannot be used.
    """
    if not path.is_file():
        raise FileMissingError("file of pairs", path, "give a CSV, JSON, JSONL or Parquet file, or a journal")
    examples, hints, left_out = _read(path, catalog, db_id, columns)
    unreadable = len(left_out)
    with tempfile.TemporaryDirectory() as folder:
        book = PairBook(Path(folder) / "checked.jsonl", catalog)
        kept = _Kept()
        for example in examples:
            kept.add(example, book)
    left_out += kept.list_left_out()
    pairs = tuple(
        Question(one.question, one.db_id, one.id, one.sql, hints.get(one.id, "")) for one in kept.pairs()
    )
    return CheckedPairs(pairs, tuple(left_out), len(examples) + unreadable)


def _read(
    path: Path, catalog: Catalog, db_id: str | None, columns: str
) -> tuple[Sequence[Example], dict[str, str], list[str]]:
    """The rows of a file, their hints by id, and the rows that cannot be read."""
    from nshot.data import ColumnMap, read_pool

    if is_journal(path):
        return [pair.example for pair in PairBook(path, catalog).active()], {}, []
    report = read_pool(path, ColumnMap.parse(columns), catalog=catalog, db_id=db_id)
    return report.examples, dict(report.hints), [str(problem) for problem in report.problems]


class _Kept:
    """The rows that passed the gate so far, by the id of the pair that they became."""

    def __init__(self) -> None:
        self._examples: dict[str, Example] = {}
        self._against: dict[str, str] = {}
        """Why a row that passed the gate is left out after all, by the id of its pair."""
        self._reasons: list[str] = []

    def add(self, example: Example, book: PairBook) -> None:
        """Takes a row through the gate.

        Raises:
            DataError: The book cannot be written.
        """
        result = book.add(example.question, example.sql, example.db_id)
        if result.outcome == "added" and result.pair is not None:
            self._examples[result.pair.id] = example
        elif result.outcome == "duplicate" and result.pair is not None:
            self._reasons.append(f"{_name(example)}: says the same as {self._find_id(result.pair)}")
        elif result.outcome == "conflict":
            for pair in result.conflicts:
                self._against[pair.id] = f"contradicted by {example.id}, which asks the same with other SQL"
            names = ", ".join(self._find_id(pair) for pair in result.conflicts)
            self._reasons.append(f"{_name(example)}: contradicts {names}, which asks the same with other SQL")
        else:
            self._reasons.append(f"{_name(example)}: {result.reason}")

    def pairs(self) -> Iterator[Example]:
        """The rows that are kept."""
        return (one for pair_id, one in self._examples.items() if pair_id not in self._against)

    def list_left_out(self) -> list[str]:
        """Which rows are left out, and why."""
        late = [f"{_name(self._examples[one])}: {why}" for one, why in self._against.items()]
        return [*self._reasons, *late]

    def _find_id(self, pair: Pair) -> str:
        return self._examples[pair.id].id if pair.id in self._examples else pair.id


def _name(example: Example) -> str:
    return f"{example.id} ({example.question!r})"
