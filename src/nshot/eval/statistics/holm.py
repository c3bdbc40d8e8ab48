"""Holm's correction of p-values for many tests.

S. Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979),
https://www.jstor.org/stable/4615733

scipy has no Holm correction: its `false_discovery_control` bounds the false discovery rate instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from nshot.errors import OptionError


def holm(ps: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the given order: reject a hypothesis if its adjusted p-value is below
    alpha.

    With m tests and p(1) <= ... <= p(m): adjusted p(i) = max over j <= i of min(1, (m - j + 1)
    p(j)). The probability of rejecting any true null hypothesis is at most alpha, however the tests
    depend on each other.

    Raises:
        OptionError: A value is not between 0 and 1.

    >>> holm([0.5, 0.25, 0.125])
    (0.5, 0.5, 0.375)
    """
    wrong = [p for p in ps if not 0 <= p <= 1]
    if wrong:
        raise OptionError(f"p-values must be between 0 and 1, got {wrong[0]}")
    adjusted = [0.0] * len(ps)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[place]))
        adjusted[place] = highest
    return tuple(adjusted)
