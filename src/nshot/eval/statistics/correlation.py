"""Correlation of two measures over the systems of a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from nshot.arrays import Float64Array
from nshot.errors import OptionError


def pearson(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Pearson's r: covariance over the product of the standard deviations, from -1 to 1.

    NaN with fewer than two pairs or if one side is constant; pairs with a NaN are left out. Rounded
    to 15 digits, so that a perfect correlation is exactly 1.

    Raises:
        OptionError: The shapes differ.

    >>> pearson([1, 2, 3], [2, 4, 6])
    1.0
    """
    from scipy.stats import pearsonr

    return _correlate(pearsonr, x, y)


def spearman(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Spearman's rho: Pearson's r of the ranks; tied values share the mean of their ranks.

    C. Spearman (1904), https://doi.org/10.2307/1412159. NaN and rounding as in `pearson`.

    Raises:
        OptionError: The shapes differ.

    >>> spearman([1, 2, 3], [1, 8, 27])
    1.0
    """
    from scipy.stats import spearmanr

    return _correlate(spearmanr, x, y)


def _correlate(
    method: Callable[[Float64Array, Float64Array], Any], x: npt.ArrayLike, y: npt.ArrayLike
) -> float:
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.shape != second.shape:
        raise OptionError(f"a correlation needs pairs, got shapes {first.shape} and {second.shape}")
    defined = ~(np.isnan(first) | np.isnan(second))
    first, second = first[defined], second[defined]
    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return round(float(method(first, second).statistic), 15)
