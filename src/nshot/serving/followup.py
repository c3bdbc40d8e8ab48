"""The place where a follow-up question becomes a question that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Turn(NamedTuple):
    """An earlier question of the conversation, and the SQL that answered it."""

    question: str
    sql: str


class StandAlone(NamedTuple):
    """The question that is answered."""

    text: str
    rewritten: bool = False
    """Whether it differs from what was asked."""
    how: str = ""
    """What was done to it, for people."""


def stand_alone(question: str, db_id: str, history: Sequence[Turn]) -> StandAlone:
    """The question as it can be understood without the turns before it.

    Args:
        question: As asked.
        db_id: The database that is asked.
        history: Earlier turns, the latest last.
    """
    del db_id, history
    return StandAlone(question)
