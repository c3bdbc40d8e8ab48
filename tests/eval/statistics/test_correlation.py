from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError
from nshot.eval.statistics import pearson, spearman

# small whole numbers: ties are frequent, and no rounding hides what is compared
pairs = st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=2, max_size=20)


def varies(x: list[int], y: list[int]) -> bool:
    return len(set(x)) > 1 and len(set(y)) > 1


def by_hand(x: list[float], y: list[float]) -> float:
    a, b = np.array(x) - np.mean(x), np.array(y) - np.mean(y)
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


def ranks(values: list[int]) -> list[float]:
    """From 1; tied values share the mean of their ranks."""
    ordered = sorted(values)
    return [ordered.index(value) + (1 + ordered.count(value)) / 2 for value in values]


@given(pairs)
def test_they_are_equal_to_the_formulas(data: list[tuple[int, int]]) -> None:
    x, y = (list(side) for side in zip(*data, strict=True))
    if varies(x, y):
        assert pearson(x, y) == pytest.approx(by_hand(x, y), abs=1e-12)
        assert spearman(x, y) == pytest.approx(by_hand(ranks(x), ranks(y)), abs=1e-12)
    else:
        assert math.isnan(pearson(x, y))
        assert math.isnan(spearman(x, y))


def test_spearman_sees_ranks_only() -> None:
    assert spearman([1, 2, 3, 4], [1, 10, 100, 1000]) == 1.0
    assert pearson([1, 2, 3, 4], [1, 10, 100, 1000]) < 0.95


def test_one_pair_has_no_correlation() -> None:
    assert math.isnan(pearson([1], [2]))
    assert math.isnan(spearman([], []))


def test_undefined_pairs_are_left_out() -> None:
    assert pearson([1, 2, np.nan, 3], [2, 4, 1, 6]) == 1.0


def test_unpaired_values_are_refused() -> None:
    with pytest.raises(OptionError, match="pairs"):
        pearson([1, 2], [1, 2, 3])
