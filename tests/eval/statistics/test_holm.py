from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError
from nshot.eval.statistics import holm

probabilities = st.lists(st.floats(0, 1), max_size=12)


def test_hand_computed() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_one_test_needs_no_correction() -> None:
    assert holm([0.04]) == (0.04,)
    assert holm([]) == ()


@given(probabilities)
def test_no_value_falls_and_none_passes_one(ps: list[float]) -> None:
    assert all(p <= adjusted <= 1 for p, adjusted in zip(ps, holm(ps), strict=True))


@given(probabilities)
def test_the_order_of_the_values_is_kept(ps: list[float]) -> None:
    adjusted = holm(ps)
    by_p = sorted(range(len(ps)), key=lambda i: ps[i])
    assert [adjusted[i] for i in by_p] == sorted(adjusted)


@given(probabilities)
def test_it_is_never_harsher_than_bonferroni(ps: list[float]) -> None:
    assert all(a <= min(1, p * len(ps)) for p, a in zip(ps, holm(ps), strict=True))


@given(probabilities, st.floats(0.001, 0.2))
def test_it_rejects_what_the_step_down_procedure_rejects(ps: list[float], alpha: float) -> None:
    rejected: set[int] = set()
    by_p = sorted(range(len(ps)), key=lambda i: ps[i])
    for rank, i in enumerate(by_p):
        if (len(ps) - rank) * ps[i] > alpha:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(ps)) if p <= alpha} == rejected


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_probability_is_refused(p: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        holm([0.5, p])
