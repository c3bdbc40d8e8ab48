"""The confidences of a run judged: how well they tell right from wrong, and what abstaining
brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nshot.arrays import BoolArray, Float64Array
from nshot.eval.confidence.measures import (
    CoveragePoint,
    ReliabilityBin,
    auroc,
    brier,
    calibration_error,
    reliability,
    right_at,
    risk_coverage,
)
from nshot.eval.scores import Estimate
from nshot.eval.statistics import cluster_bootstrap, cluster_draws

SHARES: Final = (0.25, 0.5, 0.75, 1.0)
"""Shares of the answers, the surest first, for which the report states how many are right."""
THRESHOLDS: Final = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Confidences for which it states how many answers are as sure."""
_DRAWS: Final = 1000
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class ConfidenceReport:
    """The confidences of the answers of a run, against what was right."""

    questions: int
    """Answers with a confidence and a verdict."""
    right: float
    """Share of right ones."""
    auroc: Estimate
    brier: Estimate
    error: float
    """Expected calibration error."""
    bins: tuple[ReliabilityBin, ...]
    curve: tuple[CoveragePoint, ...]

    def right_at(self, coverage: float) -> float:
        """The share of right answers among the surest ones, this share of all."""
        return right_at(self.curve, coverage)

    def at_threshold(self, threshold: float) -> CoveragePoint:
        """The answers with at least this confidence; NaN right if there are none."""
        reached = [one for one in self.curve if one.threshold >= threshold]
        return reached[-1]._replace(threshold=threshold) if reached else CoveragePoint(threshold, 0, np.nan)

    def record(self) -> dict[str, Any]:
        """The numbers for JSON; an undefined one is None."""
        return {
            "questions": self.questions,
            "right": self.right,
            "auroc": _interval(self.auroc),
            "brier": _interval(self.brier),
            "ece": self.error,
            "right_at_coverage": {f"{share:g}": _drop_nan(self.right_at(share)) for share in SHARES},
            "thresholds": [
                {**point._asdict(), "right": _drop_nan(point.right)}
                for point in map(self.at_threshold, THRESHOLDS)
            ],
            "reliability": [one._asdict() for one in self.bins],
        }


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """What abstaining did to a run."""

    questions: int
    """Questions that could be scored."""
    answered: int
    right: int
    """Right ones among the answered."""
    withheld_right: int
    """Questions without an answer whose withheld SQL was right."""

    @property
    def coverage(self) -> float:
        """Share of the questions that got an answer."""
        return self.answered / self.questions if self.questions else 0.0

    @property
    def accuracy(self) -> float:
        """Share of right answers among those that were given; NaN without any."""
        return self.right / self.answered if self.answered else float("nan")

    def record(self) -> dict[str, Any]:
        """The numbers for JSON."""
        return {
            "questions": self.questions,
            "answered": self.answered,
            "right": self.right,
            "coverage": self.coverage,
            "right_of_answered": _drop_nan(self.accuracy),
            "withheld": self.questions - self.answered,
            "withheld_right": self.withheld_right,
        }


def rate_confidence(
    stated: Sequence[float | None], right: Sequence[bool | None], databases: Sequence[str], seed: int = 0
) -> ConfidenceReport | None:
    """Judge stated confidences.

    Intervals are percentiles over resampled databases, as everywhere; with one database over its
    questions.

    Args:
        stated: (n,) confidences; None where none was stated.
        right: (n,) whether the SQL, given or withheld, is right; None where that is not known.
        databases: (n,) the question's db_id.
        seed: Seed of the bootstrap.

    Returns:
        None if no answer has both.
    """
    rows = [row for row in zip(stated, right, databases, strict=True) if None not in row[:2]]
    if not rows:
        return None
    values = np.array([row[0] for row in rows], dtype=np.float64)
    hits = np.array([row[1] for row in rows], dtype=np.bool_)
    clusters = [row[2] for row in rows]
    return ConfidenceReport(
        questions=len(rows),
        right=float(hits.mean()),
        auroc=_auroc_interval(values, hits, clusters, seed),
        brier=cluster_bootstrap(brier(values, hits), clusters, seed=seed),
        error=calibration_error(values, hits),
        bins=reliability(values, hits),
        curve=risk_coverage(values, hits),
    )


def count_answered(right: Sequence[bool | None], abstained: Sequence[bool]) -> AnswerCounts:
    """Count answers and abstentions.

    Args:
        right: (n,) whether the SQL, given or withheld, is right; None where that is not known.
        abstained: (n,) whether it was withheld.
    """
    rows = [(bool(hit), gone) for hit, gone in zip(right, abstained, strict=True) if hit is not None]
    given = [hit for hit, gone in rows if not gone]
    return AnswerCounts(len(rows), len(given), sum(given), sum(hit for hit, gone in rows if gone))


def _auroc_interval(stated: Float64Array, right: BoolArray, clusters: Sequence[str], seed: int) -> Estimate:
    found = [auroc(stated[rows], right[rows]) for rows in cluster_draws(clusters, _DRAWS, seed)]
    defined = [value for value in found if not np.isnan(value)]
    low, high = np.quantile(defined, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2]) if defined else (np.nan, np.nan)
    return Estimate(auroc(stated, right), float(low), float(high), len(stated))


def _interval(estimate: Estimate) -> dict[str, float | None]:
    return {name: _drop_nan(getattr(estimate, name)) for name in ("value", "low", "high")}


def _drop_nan(value: float) -> float | None:
    return None if np.isnan(value) else value
