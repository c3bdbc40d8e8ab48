"""The pairs after the events of a journal: what is shown, what is gone, and who asks the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from nshot.pairs.event import WITH_CONTENT, PairEvent
from nshot.pairs.pair import Pair, State, same_question_key


class PairPage(NamedTuple):
    """A part of a list of pairs."""

    pairs: tuple[Pair, ...]
    total: int
    """How many there are in all."""


class PairTable:
    """Pairs by id, and what events do to them. It reads no file, and is not thread-safe."""

    def __init__(self) -> None:
        self.pairs: dict[str, Pair] = {}
        """All that are not gone, in the order in which they were saved."""
        self._gone: dict[str, Pair] = {}
        """Pairs that were retracted or replaced, by id."""
        self._asked: dict[tuple[str, str], list[str]] = {}
        """Ids by database and `same_question_key`."""

    def apply(self, event: PairEvent) -> None:
        """Change the pairs as an event says."""
        if event.event in ("retract", "supersede"):
            self._take_out(event.replaces if event.event == "supersede" else event.id)
        if event.event in WITH_CONTENT:
            self._take_out(event.id)
            self._gone.pop(event.id, None)
            pair = self.pairs[event.id] = event.pair
            self._asked.setdefault((pair.db_id, same_question_key(pair.question)), []).append(pair.id)
        elif event.id in self.pairs:
            new = event.pair
            self.pairs[event.id] = replace(
                self.pairs[event.id], state=new.state, fingerprint=new.fingerprint, reason=new.reason
            )

    def _take_out(self, pair_id: str) -> None:
        pair = self.pairs.pop(pair_id, None)
        if pair is not None:
            self._gone[pair_id] = pair
            self._asked[pair.db_id, same_question_key(pair.question)].remove(pair_id)

    def list_active(self) -> tuple[Pair, ...]:
        """The pairs that are shown and reused."""
        return tuple(pair for pair in self.pairs.values() if pair.state == "active")

    def list_withdrawn(self) -> tuple[Pair, ...]:
        """The pairs that must not be shown: gone, rejected or set aside."""
        return (*self._gone.values(), *(one for one in self.pairs.values() if one.state != "active"))

    def list_runnable(self, db_id: str = "") -> list[Pair]:
        """Pairs that may be shown, now or after a change of the schema; of one database or of
        all."""
        return [
            pair
            for pair in self.pairs.values()
            if pair.state != "rejected" and (not db_id or pair.db_id == db_id)
        ]

    def find_same_question(self, question: str, db_id: str) -> list[Pair]:
        """The pairs that ask the same, in whatever state."""
        return [self.pairs[one] for one in self._asked.get((db_id, same_question_key(question)), ())]

    def find_pairs(self, db_id: str, text: str, state: State | None) -> list[Pair]:
        """Pairs, the newest first.

        Args:
            db_id: Only of this database; empty for all.
            text: Only those that hold this text in question, SQL or id, letter case ignored.
            state: Only those of this state.
        """
        needle = text.casefold()
        return [
            pair
            for pair in reversed(self.pairs.values())
            if (not db_id or pair.db_id == db_id)
            and (state is None or pair.state == state)
            and needle in f"{pair.id}\n{pair.question}\n{pair.sql}".casefold()
        ]


def paginate(pairs: Sequence[Pair], offset: int, limit: int) -> PairPage:
    """The pairs from `offset` on, at most `limit`; 0 for all."""
    return PairPage(tuple(pairs[offset : offset + limit if limit else None]), len(pairs))
