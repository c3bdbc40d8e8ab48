from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.config import EvalConfig
from nshot.eval.execution.pair import ResultPair
from nshot.eval.execution.strict import level_numbers, match

UNORDERED = "SELECT a FROM t"
ORDERED = "SELECT a, b FROM t ORDER BY a"


def kind(gold: Any, predicted: Any, sql: str = UNORDERED, **options: Any) -> str:
    """What decided; `not` in front of a mismatch."""
    config = EvalConfig("strict", **options)
    found = match(ResultPair(sql, "", gold, predicted, config, lambda _sql: None, lambda _sql: ()))
    return found.kind if found.same else f"not {found.kind}"


def test_duplicates_count() -> None:
    assert kind([(1,), (1,), (2,)], [(1,), (2,), (2,)]) == "not values"
    assert kind([(1,), (1,)], [(1,)]) == "not row count"


def test_rows_come_in_any_order_unless_gold_orders_its_result() -> None:
    gold, predicted = [(1, "x"), (2, "y")], [(2, "y"), (1, "x")]
    assert kind(gold, predicted) == "same result"
    assert kind(gold, predicted, ORDERED) == "not row order"
    assert kind(gold, predicted, "SELECT a FROM (SELECT a FROM t ORDER BY a)") == "same result"


def test_rows_with_equal_sort_keys_come_in_any_order() -> None:
    gold = [(1, "x"), (1, "y"), (2, "z")]
    assert kind(gold, [(1, "y"), (1, "x"), (2, "z")], ORDERED) == "ties"
    assert kind(gold, [(1, "y"), (2, "z"), (1, "x")], ORDERED) == "not row order"


def test_columns_are_free_or_fixed() -> None:
    gold, predicted = [(1, "x"), (2, "y")], [("y", 2), ("x", 1)]
    assert kind(gold, predicted) == "same result"
    assert kind(gold, predicted, columns="fixed") == "not column order"
    assert kind(gold, [(2, "y"), (1, "x")], columns="fixed") == "same result"


def test_numbers_are_compared_by_value_within_the_tolerance() -> None:
    assert kind([(10, 105)], [(10.0, 105)]) == "same result"
    assert kind([(0.1 + 0.2,)], [(0.3,)]) == "tolerance"
    assert kind([(0.1 + 0.2,)], [(0.3,)], tolerance=0) == "not values"
    assert kind([(2.001,)], [(2.0,)]) == "not values"
    assert kind([(2.001,)], [(2.0,)], tolerance=0.01) == "tolerance"


def test_whole_numbers_have_no_tolerance() -> None:
    assert kind([(5_551_234_567,)], [(5_551_234_568,)]) == "not values"
    assert kind([(5_551_234_567.0,)], [(5_551_234_568.0,)]) == "not values"


def test_text_is_exact_and_never_a_number() -> None:
    assert kind([("a",)], [("A",)]) == "not values"
    assert kind([("1",)], [(1,)]) == "not values"
    assert kind([(None,)], [(None,)]) == "same result"
    assert kind([(None,)], [("",)]) == "not values"


def test_two_empty_results_are_told_apart() -> None:
    assert kind([], []) == "both empty"
    assert kind([], [(1,)]) == "not row count"


numbers = st.one_of(
    st.integers(-5, 5), st.floats(-5, 5), st.sampled_from([float("inf"), -float("inf"), 1e300])
)


@given(st.lists(numbers, min_size=1, max_size=8), st.lists(numbers, min_size=1, max_size=8))
def test_levelling_moves_no_number_further_than_its_neighbours_reach(left: Any, right: Any) -> None:
    gold, predicted = [(x,) for x in left], [(x,) for x in right]
    for before, after in zip((gold, predicted), level_numbers(gold, predicted, tolerance=1e-3), strict=True):
        for (old,), (new,) in zip(before, after, strict=True):
            assert old == new or abs(old - new) <= 1e-3 * 5 * 16


def test_two_whole_numbers_were_the_same_over_a_fraction_between_them() -> None:
    gold, predicted = [(5551234567,), (5551234567.5,)], [(5551234567.5,), (5551234568,)]
    assert kind(gold, predicted) == "not values"
    assert kind(gold, [(5551234567.25,), (5551234567,)]) == "tolerance"


def test_the_default_tolerance_of_zero_changes_nothing() -> None:
    gold, predicted = [(0.1 + 0.2,)], [(0.3,)]
    assert level_numbers(gold, predicted, tolerance=0) == (gold, predicted)


@pytest.mark.parametrize("sql", [UNORDERED, ORDERED])
def test_a_result_is_the_same_as_itself(sql: str) -> None:
    rows = [(1, "x", None), (2, b"y", 0.5), (2, b"y", 0.5)]
    assert kind(rows, list(rows), sql) == "same result"
