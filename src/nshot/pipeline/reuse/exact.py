"""The very question of a verified pair."""

from __future__ import annotations

from nshot.pipeline.reuse.verified import VerifiedPairs
from nshot.types import Question, ReusedPair


class ExactReuse:
    """Answers a question by the active pair that asks the same of the same database."""

    def __init__(self, book: VerifiedPairs) -> None:
        self._book = book

    def find(self, question: Question) -> ReusedPair | None:
        """The pair; None if there is none, or several that contradict each other.

        A question that comes with evidence is the model's: the pair was verified without it.
        """
        pair = None if question.evidence else self._book.find(question.text, question.db_id)
        if pair is None:
            return None
        by = f" by {pair.author}" if pair.author else ""
        day = f" on {pair.time[:10]}" if pair.time else ""
        return ReusedPair(pair.example, "exact", f"the question of your pair {pair.id}, verified{by}{day}")
