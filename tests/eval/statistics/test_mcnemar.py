from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from nshot.errors import OptionError
from nshot.eval.statistics import mcnemar, wins_losses


def table(wins: int, losses: int, ties: int = 3) -> tuple[list[int], list[int]]:
    return [1] * wins + [0] * losses + [1] * ties, [0] * wins + [1] * losses + [1] * ties


@given(st.integers(0, 60), st.integers(0, 60))
def test_it_is_the_binomial_test_of_wins_against_losses(wins: int, losses: int) -> None:
    expected = binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar(*table(wins, losses)) == pytest.approx(expected)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_counts_half_of_the_tie(wins: int, losses: int) -> None:
    fewer, n = min(wins, losses), wins + losses
    expected = 2 * (binom.cdf(fewer, n, 0.5) - 0.5 * binom.pmf(fewer, n, 0.5))
    assert mcnemar(*table(wins, losses), mid_p=True) == pytest.approx(min(1, expected))


def test_hand_computed() -> None:
    assert mcnemar(*table(5, 0)) == 2 / 32
    assert mcnemar(*table(6, 1)) == 2 * (1 + 7) / 128
    assert mcnemar(*table(6, 1), mid_p=True) == (2 * 8 - 7) / 128


def test_no_difference_has_p_one() -> None:
    assert mcnemar([1, 0], [1, 0]) == 1.0
    assert mcnemar([], []) == 1.0


def test_many_questions_do_not_overflow() -> None:
    assert mcnemar(*table(3000, 2800)) == pytest.approx(binomtest(3000, 5800).pvalue)
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
