"""What verified pairs are to the ways of using them again: a journal, or the examples of an
index."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Protocol

from nshot.pairs import Pair, PairBook, same_question_key, same_sql_key
from nshot.types import Example, Schema


class VerifiedPairs(Protocol):
    """Pairs that people have checked; a `PairBook` is one."""

    def find(self, question: str, db_id: str) -> Pair | None:
        """The pair of this very question, up to normalisation; None if there is none or not just
        one.
        """
        ...

    def active(self) -> Sequence[Pair]:
        """All pairs in use."""
        ...


class ListedPairs:
    """Solved questions that do not change: those of a file of pairs, or of an adapted model's
    index.
    """

    def __init__(
        self,
        read: Callable[[], Iterable[Example]],
        schema: Callable[[str], Schema | None],
        book: PairBook | None = None,
    ) -> None:
        """
        Args:
            read: Reads the solved questions; called once, when they are needed.
            schema: The schema of a database; tells which SQL is the same.
            book: What was withdrawn there is not used from the list, either.
        """
        self._read, self._schema, self._book = read, schema, book

    def find(self, question: str, db_id: str) -> Pair | None:
        """As `VerifiedPairs.find`; several pairs with the same SQL are one."""
        same = self._by_question.get((db_id, same_question_key(question)), ())
        found = {self._sql_key(pair): pair for pair in self._in_use(same)}
        return next(iter(found.values())) if len(found) == 1 else None

    def active(self) -> Sequence[Pair]:
        """All pairs that were not withdrawn."""
        return self._in_use(self._pairs)

    @cached_property
    def _pairs(self) -> tuple[Pair, ...]:
        return tuple(Pair(one.id, one.question, one.sql, one.db_id) for one in self._read())

    @cached_property
    def _by_question(self) -> dict[tuple[str, str], list[Pair]]:
        found: dict[tuple[str, str], list[Pair]] = {}
        for pair in self._pairs:
            found.setdefault((pair.db_id, same_question_key(pair.question)), []).append(pair)
        return found

    def _in_use(self, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
        hidden = () if self._book is None else self._book.list_withdrawn()
        if not hidden:
            return tuple(pairs)
        gone = {(one.db_id, same_question_key(one.question), self._sql_key(one)) for one in hidden}
        asked = {key[:2] for key in gone}
        return tuple(
            pair
            for pair in pairs
            if (key := (pair.db_id, same_question_key(pair.question))) not in asked
            or (*key, self._sql_key(pair)) not in gone
        )

    def _sql_key(self, pair: Pair) -> str:
        return same_sql_key(pair.sql, self._schema(pair.db_id))
