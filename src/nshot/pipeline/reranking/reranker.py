"""Choose among the candidates of a question by weighed hints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from nshot.pipeline.reranking.agreement import measure_agreements
from nshot.pipeline.reranking.hints import Hints, read_hints

if TYPE_CHECKING:
    from nshot.types import Attempt, Schema


@dataclass(frozen=True, slots=True)
class Reranker:
    """A linear function of the hints: the candidate with the highest value is chosen.

    The weights are those of a conditional logit model (D. McFadden, Conditional logit analysis of
    qualitative choice behavior, 1974), as `nshot calibrate` fits it.
    """

    weights: Hints
    """By hint, each for one unit of it."""

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """The reranker of a record.

        Raises:
            ValueError: A weight is missing, unknown, or no finite number.
        """
        if set(record) != set(Hints._fields):
            raise ValueError(
                f"a reranker has the weights {', '.join(Hints._fields)}, got {', '.join(record)}"
            )
        weights = Hints(**record)
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in weights):
            raise ValueError(f"weights must be finite numbers, got {dict(record)}")
        return cls(weights)

    def record(self) -> dict[str, float]:
        """The weights for JSON."""
        return self.weights._asdict()

    def score(self, hints: Hints) -> float:
        """How good a candidate is beside the others of its question."""
        return sum(weight * value for weight, value in zip(self.weights, hints, strict=True))

    def find_highest(self, candidates: Sequence[Hints]) -> int:
        """The place of the highest score, the first of equals; (n,) hints, at least one."""
        scores = [self.score(hints) for hints in candidates]
        return scores.index(max(scores))

    def share(self, candidates: Sequence[Hints], results: Sequence[object], at: int) -> float:
        """The share of the probability, by this model, that falls to candidates with one result.

        Args:
            candidates: (n,) hints of those that ran.
            results: (n,) equal for candidates with the same result.
            at: A candidate with the result that is meant.
        """
        scores = [self.score(hints) for hints in candidates]
        most = max(scores)
        chances = [math.exp(score - most) for score in scores]
        same = sum(chance for chance, one in zip(chances, results, strict=True) if one == results[at])
        return same / sum(chances)

    def rate_choice(self, question: str, attempts: Sequence[Attempt], schema: Schema | None) -> float | None:
        """The share of the first attempt's result, see `share`.

        Args:
            question: What was asked.
            attempts: All candidates of one round, the chosen one first.
            schema: Of the database.

        Returns:
            None if the chosen one did not run, or there is no other candidate.
        """
        agreements = measure_agreements(attempts)
        if agreements[0] is None:
            return None
        ran = [at for at, one in enumerate(attempts) if one.outcome == "ok" and one.rows is not None]
        hints = [_read(question, attempts[at], schema, agreements[at]) for at in ran]
        return self.share(hints, [agreements[at] for at in ran], 0)

    def find_best(self, question: str, attempts: Sequence[Attempt], schema: Schema | None) -> int:
        """The place of the best candidate among those that ran; the first of equals.

        Args:
            question: What was asked.
            attempts: All candidates of one round.
            schema: Of the database.

        Returns:
            0 if fewer than two ran.
        """
        ran = [at for at, one in enumerate(attempts) if one.outcome == "ok" and one.rows is not None]
        if len(ran) < 2:
            return 0
        agreements = measure_agreements(attempts)
        hints = [_read(question, attempts[at], schema, agreements[at]) for at in ran]
        return ran[self.find_highest(hints)]


def _read(question: str, attempt: Attempt, schema: Schema | None, agreement: float | None) -> Hints:
    rows, logprob = attempt.rows, attempt.completion.logprob
    return read_hints(
        question,
        attempt.sql,
        schema,
        rows=None if rows is None else len(rows.rows),
        logprob=logprob,
        agreement=agreement,
    )
