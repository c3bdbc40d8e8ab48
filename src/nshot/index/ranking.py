"""The one tie rule: higher score first, then the lower row."""

from __future__ import annotations

import numpy as np

from nshot.index.entries import BoolArray, Hits, Scores

DECIMALS = 9
"""Scores equal to this many decimals are a tie: below it lies the rounding of the arithmetic, which
depends on the engine and on the order of summation."""


def best(scores: Scores, k: int, allowed: BoolArray | None = None) -> Hits:
    """The k best of the allowed rows.

    Args:
        scores: (n,) float64, one a row.
        k: How many at most.
        allowed: (n,) bool; None allows every row.

    >>> best(np.array([1.0, 3.0, 3.0, 2.0]), 3).rows.tolist()
    [1, 2, 3]
    """
    rounded = scores.round(DECIMALS)
    if allowed is None:
        candidates = None
        pool = rounded
    else:
        candidates = np.flatnonzero(allowed)
        pool = rounded[candidates]
    if k < len(pool):
        threshold = np.partition(pool, len(pool) - k)[len(pool) - k]
        within = np.flatnonzero(pool >= threshold)
    else:
        within = np.arange(len(pool))
    order = within[np.argsort(-pool[within], kind="stable")][:k]
    rows = order if candidates is None else candidates[order]
    return Hits(rows.astype(np.int64), rounded[rows])
