"""Correlation of two measures over the systems of a grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nshot.errors import OptionError
from nshot.eval.statistics.bootstrap import FloatArray


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Pearson's r: covariance over the product of the standard deviations, from -1 to 1.

    NaN with fewer than two pairs or where one side is constant; pairs with a NaN are left out.

    Raises:
        OptionError: The shapes differ.

    >>> pearson([1, 2, 3], [2, 4, 6])
    1.0
    """
    first, second = _pairs(x, y)
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    a, b = first - first.mean(), second - second.mean()
    r = float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
    return min(1.0, max(-1.0, round(r, 15)))


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Spearman's rho: Pearson's r of the ranks, tied values sharing the mean of their ranks.

    C. Spearman (1904), https://doi.org/10.2307/1412159. NaN as `pearson`.

    Raises:
        OptionError: The shapes differ.

    >>> spearman([1, 2, 3], [1, 8, 27])
    1.0
    """
    first, second = _pairs(x, y)
    return pearson(ranks(first), ranks(second))


def ranks(values: FloatArray) -> FloatArray:
    """(n,) ranks from 1, lowest value first; ties share the mean of their ranks."""
    _, member, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    shared: FloatArray = (last - (counts - 1) / 2)[member]
    return shared


def _pairs(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.shape != second.shape:
        raise OptionError(f"a correlation needs pairs, got shapes {first.shape} and {second.shape}")
    defined = ~(np.isnan(first) | np.isnan(second))
    return first[defined], second[defined]
