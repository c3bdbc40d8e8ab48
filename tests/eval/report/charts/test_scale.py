from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.report.charts.scale import Scale, span, spread, ticks

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 4))


@given(NUMBERS, st.floats(1e-3, 1e6))
def test_ticks_are_round_and_hold_all_values(low: float, width: float) -> None:
    high = low + width
    found = ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    step = found[1] - found[0]
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - one) for one in (1, 2, 5, 10)) < 1e-3
    assert 2 <= len(found) <= 8


@pytest.mark.parametrize("value", [0.0, 46.0, -3.0])
def test_one_value_still_has_an_axis(value: float) -> None:
    found = ticks(value, value)
    assert found[0] < value < found[-1]


def test_a_scale_may_run_upwards() -> None:
    y = Scale(0, 100, 400, 0)
    assert (y(0), y(25), y(100)) == (400, 300, 0)


def test_undefined_values_have_no_part_in_the_span() -> None:
    assert span([float("nan"), 2.0, float("inf")], 5.0) == (2.0, 5.0)
    assert span([float("nan")]) == (0.0, 1.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9))
def test_labels_keep_their_distance_their_order_and_the_page(wanted: list[float]) -> None:
    found = spread(wanted, 10, 0, 100)
    placed = [place for _, place in sorted(zip(wanted, found, strict=True))]
    assert all(after - before >= 10 - 1e-6 for before, after in pairwise(sorted(found)))
    assert sorted(placed) == pytest.approx(placed)
    assert min(found) >= -1e-6
    assert max(found) <= 100 + 1e-6


@given(st.lists(st.integers(0, 10), unique=True, min_size=1))
def test_labels_that_stand_apart_stay_where_they_are(places: list[int]) -> None:
    wanted = [10.0 * place for place in places]
    assert spread(wanted, 10, 0, 100) == pytest.approx(wanted)


def test_more_labels_than_room_are_squeezed() -> None:
    found = spread([50.0] * 21, 10, 0, 100)
    assert sorted(found) == pytest.approx([5.0 * at for at in range(21)])
