"""What a way of using a verified answer again is."""

from __future__ import annotations

from typing import Protocol

from nshot.types import Question, ReusedPair


class ReuseWay(Protocol):
    """Finds the verified answer of a question."""

    def find(self, question: Question) -> ReusedPair | None:
        """The pair whose SQL answers the question; None if the model must be asked."""
        ...
