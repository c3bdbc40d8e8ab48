"""Measures of stated probabilities: AUROC, Brier score, expected calibration error, risk and
coverage.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from nshot.arrays import BoolArray, Float64Array

BINS: Final = 10
"""Equally wide bins of confidence."""


class ReliabilityBin(NamedTuple):
    """The answers whose confidence lies in one interval."""

    stated: float
    """Mean confidence."""
    right: float
    """Share of right answers."""
    answers: int
    """How many there are."""


class CoveragePoint(NamedTuple):
    """The answers at and above one confidence."""

    threshold: float
    coverage: float
    """Their share of all answers."""
    right: float
    """Share of right ones among them; 1 minus the risk."""


def auroc(stated: Float64Array, right: BoolArray) -> float:
    """The probability that a right answer has a higher confidence than a wrong one; ties count
    half.

    T. Fawcett, An introduction to ROC analysis (2006): the area under the ROC curve is the Wilcoxon
    statistic.

    Args:
        stated: (n,) confidences.
        right: (n,) whether the answers are right.

    Returns:
        NaN without a right or without a wrong answer.

    >>> auroc(np.array([0.9, 0.8, 0.3]), np.array([True, False, False]))
    1.0
    """
    positive = int(right.sum())
    negative = len(right) - positive
    if not positive or not negative:
        return float("nan")
    _, place, counts = np.unique(stated, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[right].sum() - positive * (positive + 1) / 2) / (positive * negative))


def brier(stated: Float64Array, right: BoolArray) -> Float64Array:
    """(n,) squared differences of confidence and outcome; their mean is the Brier score, best 0.

    G. W. Brier, Verification of forecasts expressed in terms of probability (1950).
    """
    return np.asarray((stated - right) ** 2, dtype=np.float64)


def calibration_error(stated: Float64Array, right: BoolArray) -> float:
    """The expected calibration error: mean distance of stated and actual probability over the bins,
    best 0.

    C. Guo et al., On calibration of modern neural networks (2017), with `BINS` equally wide bins.
    """
    bins = reliability(stated, right)
    total = sum(one.answers for one in bins)
    return sum(one.answers * abs(one.stated - one.right) for one in bins) / total if total else float("nan")


def reliability(stated: Float64Array, right: BoolArray) -> tuple[ReliabilityBin, ...]:
    """The bins that are not empty, from low to high confidence."""
    places = np.minimum((stated * BINS).astype(np.int64), BINS - 1)
    found = []
    for place in range(BINS):
        inside = places == place
        if inside.any():
            share = float(right[inside].mean())
            found.append(ReliabilityBin(float(stated[inside].mean()), share, int(inside.sum())))
    return tuple(found)


def risk_coverage(stated: Float64Array, right: BoolArray) -> tuple[CoveragePoint, ...]:
    """One point for each confidence that occurs, from the surest answers to all.

    R. El-Yaniv and Y. Wiener, On the foundations of noise-free selective classification (2010).
    """
    order = np.argsort(-stated, kind="stable")
    surest, hits = stated[order], np.cumsum(right[order])
    count = len(order)
    ends = [at for at in range(count) if at + 1 == count or surest[at + 1] != surest[at]]
    return tuple(
        CoveragePoint(float(surest[at]), (at + 1) / count, float(hits[at] / (at + 1))) for at in ends
    )


def right_at(points: tuple[CoveragePoint, ...], coverage: float) -> float:
    """The share of right answers when the surest ones, at least this share of all, are given."""
    return next((one.right for one in points if one.coverage >= coverage), float("nan"))
