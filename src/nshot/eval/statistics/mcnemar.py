"""The exact McNemar test of two systems that are right or wrong on the same questions.

Q. McNemar (1947), https://doi.org/10.1007/BF02295996; the exact form and the mid-p as in M. W.
Fagerland, S. Lydersen, P. Laake (2013), https://doi.org/10.1186/1471-2288-13-91.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nshot.arrays import Float64Array
from nshot.errors import OptionError


def wins_losses(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[int, int]:
    """Number of questions on which `a` is greater than `b`, and on which it is less; NaN counts as
    neither.

    Raises:
        OptionError: The shapes differ.

    >>> wins_losses([1, 1, 0, 0], [0, 1, 1, 0])
    (1, 1)
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise OptionError(f"paired values need the same questions, got {first.shape} and {second.shape}")
    return int((first > second).sum()), int((first < second).sum())


def mcnemar(a: npt.ArrayLike, b: npt.ArrayLike, *, mid_p: bool = False) -> float:
    """Two-sided exact p-value of "both systems are right equally often".

    With w wins, l losses, n = w + l and X binomial(n, 1/2): p = min(1, 2 P(X <= min(w, l))). The
    mid-p, which is less conservative, counts half of P(X = min(w, l)): p = 2 P(X <= m) - P(X = m).
    Without wins and losses p is 1.

    Args:
        a: (n,) 0 or 1, or bool, of one system; a pair with a NaN is left out.
        b: (n,) of the other system on the same questions.
        mid_p: Return the mid-p instead of the exact p.

    Raises:
        OptionError: The shapes differ, or a value is neither 0 nor 1.

    >>> mcnemar([1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0])
    0.0625
    """
    for values in (np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)):
        if not is_binary(values):
            raise OptionError("McNemar's test needs values of 0 and 1; use paired_bootstrap for others")
    wins, losses = wins_losses(a, b)
    n, fewer = wins + losses, min(wins, losses)
    if n == 0:
        return 1.0
    from scipy.stats import binom, binomtest

    if mid_p:
        return min(1.0, float(2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5)))
    return float(binomtest(fewer, n).pvalue)


def is_binary(values: Float64Array) -> bool:
    """Whether each value is 0, 1 or NaN."""
    return bool(np.all((values == 0) | (values == 1) | np.isnan(values)))
