"""How good stated confidences are: whether they tell right from wrong answers, and whether they are
honest.

`measures` has the numbers of one set of answers; `rating` puts them together for a report, with
intervals. This package does not know where a confidence comes from.
"""

from __future__ import annotations

from nshot.eval.confidence.measures import auroc, brier, calibration_error
from nshot.eval.confidence.rating import (
    THRESHOLDS,
    AnswerCounts,
    ConfidenceReport,
    count_answered,
    rate_confidence,
)

__all__ = [
    "THRESHOLDS",
    "AnswerCounts",
    "ConfidenceReport",
    "auroc",
    "brier",
    "calibration_error",
    "count_answered",
    "rate_confidence",
]
