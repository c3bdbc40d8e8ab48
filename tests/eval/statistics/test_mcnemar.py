from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError
from nshot.eval.statistics import mcnemar, wins_losses


def table(wins: int, losses: int, ties: int = 3) -> tuple[list[int], list[int]]:
    return [1] * wins + [0] * losses + [1] * ties, [0] * wins + [1] * losses + [1] * ties


def exact(wins: int, losses: int, *, mid_p: bool = False) -> float:
    """McNemar's p in whole numbers: min(1, 2 P(X <= m)), or 2 P(X <= m) - P(X = m)."""
    n, fewer = wins + losses, min(wins, losses)
    tail = sum(comb(n, i) for i in range(fewer + 1))
    counted = 2 * tail - (comb(n, fewer) if mid_p else 0)
    return min(1.0, float(Fraction(counted, 2**n)))


@given(st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_it_is_equal_to_exact_arithmetic(wins: int, losses: int, mid_p: bool) -> None:
    found = mcnemar(*table(wins, losses), mid_p=mid_p)
    assert found == pytest.approx(exact(wins, losses, mid_p=mid_p), rel=1e-11)


def test_hand_computed() -> None:
    assert mcnemar(*table(5, 0)) == pytest.approx(2 / 32)
    assert mcnemar(*table(6, 1)) == pytest.approx(2 * (1 + 7) / 128)
    assert mcnemar(*table(6, 1), mid_p=True) == pytest.approx((2 * 8 - 7) / 128)


def test_no_difference_has_p_one() -> None:
    assert mcnemar([1, 0], [1, 0]) == 1.0
    assert mcnemar([], []) == 1.0


def test_many_questions_do_not_overflow() -> None:
    assert mcnemar(*table(3000, 2800)) == pytest.approx(exact(3000, 2800), rel=1e-10)
    assert 0 < mcnemar(*table(900, 0)) < 1e-200


def test_undefined_pairs_count_for_nobody() -> None:
    assert wins_losses([1, float("nan"), 0], [0, 0, float("nan")]) == (1, 0)
    assert mcnemar([True, False], [np.nan, True]) == 1.0


def test_graded_values_are_refused() -> None:
    with pytest.raises(OptionError, match="paired_bootstrap"):
        mcnemar([0.5], [1])


def test_different_lengths_are_refused() -> None:
    with pytest.raises(OptionError, match="same questions"):
        mcnemar([1, 0], [1])
