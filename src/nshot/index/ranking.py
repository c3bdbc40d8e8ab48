"""How rankings break ties: higher score first, then the lower row."""

from __future__ import annotations

import numpy as np

from nshot.arrays import BoolArray
from nshot.index.entries import Hits, Scores

DECIMALS = 9
"""Scores equal to this many decimals are a tie. Differences below are rounding errors, which depend
on the engine and on the order of summation."""


def best(scores: Scores, k: int, allowed: BoolArray | None = None, decimals: int = DECIMALS) -> Hits:
    """The k best of the allowed rows.

    Args:
        scores: (n,) float64, one per row.
        k: Rows to return; fewer if fewer are allowed.
        allowed: (n,) bool; None allows every row.
        decimals: Scores equal to this many decimals are a tie.

    >>> best(np.array([1.0, 3.0, 3.0, 2.0]), 3).rows.tolist()
    [1, 2, 3]
    """
    if allowed is not None:
        scores = np.where(allowed, scores, -np.inf)
    if k < len(scores):
        # Rounding moves a score by half a unit of the last decimal at most: rows two units below the
        # k-th score cannot be among the k best.
        threshold = np.partition(scores, len(scores) - k)[len(scores) - k] - 2 * 10.0**-decimals
        within = np.flatnonzero(scores >= threshold)
    else:
        within = np.arange(len(scores))
    rounded = scores[within].round(decimals)
    order = np.argsort(-rounded, kind="stable")[:k]
    order = order[rounded[order] > -np.inf]
    return Hits(within[order].astype(np.int64), rounded[order])
