"""Several ways of using verified answers again, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from nshot.pipeline.reuse.way import ReuseWay
from nshot.types import Question, ReusedPair


class FirstOf:
    """Asks each way in turn; the first pair found is the answer."""

    def __init__(self, ways: Sequence[ReuseWay]) -> None:
        self._ways = tuple(ways)

    def find(self, question: Question) -> ReusedPair | None:
        """The pair of the first way that has one."""
        return next((found for way in self._ways if (found := way.find(question)) is not None), None)
