from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.execution.columns import some_order_fits
from nshot.eval.execution.equivalence import compare_results

SPECIFIED: list[tuple[list[Any], list[Any], bool, bool]] = [
    ([], [], True, True),
    ([(1,)], [(1.0,)], False, True),
    ([(1,)], [("1",)], False, False),
    ([(None,)], [(None,)], False, True),
    ([(1, 2)], [(2, 1)], False, True),
    ([(1, 2), (3, 4)], [(4, 3), (2, 1)], False, True),
    ([(1, 2), (3, 4)], [(4, 3), (2, 1)], True, False),
    ([(1, 2), (3, 4)], [(2, 1), (4, 3)], True, True),
    ([(1, 2), (3, 4)], [(1, 2), (4, 3)], False, False),
    ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False, False),
    ([(1,), (2,)], [(1,), (2,), (2,)], False, False),
    ([(0.30000000000000004,)], [(0.3,)], False, False),
    ([("a",)], [("A",)], False, False),
    ([(10, 105)], [(10.0, 105)], False, False),
    ([("x",)], [(b"x",)], False, False),
]


@pytest.mark.parametrize(("gold", "predicted", "ordered", "equal"), SPECIFIED)
def test_the_specified_vectors(gold: Any, predicted: Any, ordered: bool, equal: bool) -> None:
    assert compare_results(gold, predicted, ordered=ordered).same is equal


def test_negative_zero_took_the_text_of_the_zero_seen_before() -> None:
    assert compare_results([(0.0, -1.0)], [(-1.0, 0.0)], ordered=False).same
    assert not compare_results([(-0.0, -1.0)], [(-1.0, 0.0)], ordered=False).same
    assert compare_results([(-0.0, -1.0)], [(-1.0, -0.0)], ordered=False).same
    assert compare_results([(-0.0,)], [(0,)], ordered=False).same


@st.composite
def pairs(
    draw: st.DrawFn, cells: tuple[Any, ...] = (0, 1, 2, None, "a", 1.5)
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Two small results with few different values; often shuffled, then perhaps one cell off."""
    width, height = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    cell = st.sampled_from(cells)
    rows = st.lists(st.tuples(*[cell] * width), min_size=height, max_size=height)
    gold = draw(rows)
    if draw(st.booleans()):
        order = draw(st.permutations(range(width)))
        predicted = [tuple(row[i] for i in order) for row in draw(st.permutations(gold))]
        if draw(st.booleans()):
            at, column = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
            changed = list(predicted[at])
            changed[column] = draw(cell)
            predicted[at] = tuple(changed)
        return gold, predicted
    return gold, draw(rows)


def by_trying_all(gold: list[Any], predicted: list[Any], groups: list[int]) -> bool:
    wanted = Counter(zip(groups, gold, strict=True))
    return any(
        Counter(zip(groups, (tuple(row[i] for i in order) for row in predicted), strict=True)) == wanted
        for order in itertools.permutations(range(len(gold[0])))
    )


@given(pairs(), st.lists(st.booleans(), min_size=5, max_size=5))
def test_the_search_finds_what_trying_all_orders_of_columns_finds(pair: Any, ties: list[bool]) -> None:
    gold, predicted = pair
    groups = [0]
    for tied in ties[: len(gold) - 1]:
        groups.append(groups[-1] + (not tied))
    for one in (groups, [0] * len(gold), list(range(len(gold)))):
        assert some_order_fits(gold, predicted, one) == by_trying_all(gold, predicted, one)


def by_definition(gold: list[Any], predicted: list[Any], *, ordered: bool) -> bool:
    """Step after step as it is specified."""
    if len(gold) != len(predicted) or (gold and len(gold[0]) != len(predicted[0])):
        return False

    def rewritten(rows: list[Any]) -> list[tuple[Any, ...]]:
        return [tuple(sorted(row, key=lambda cell: str(cell) + str(type(cell)))) for row in rows]

    one, other = rewritten(gold), rewritten(predicted)
    if one != other if ordered else set(one) != set(other):
        return False
    groups = list(range(len(gold))) if ordered else [0] * len(gold)
    return not gold or by_trying_all(gold, predicted, groups)


@given(pairs(cells=(10, 10.0, 105, 2, None, "10", b"10")), st.booleans())
def test_the_verdict_is_that_of_the_definition(pair: Any, ordered: bool) -> None:
    gold, predicted = pair
    assert compare_results(gold, predicted, ordered=ordered).same == by_definition(
        gold, predicted, ordered=ordered
    )


@given(pairs(), st.booleans())
def test_equivalence_is_reflexive_and_symmetric(pair: Any, ordered: bool) -> None:
    gold, predicted = pair
    assert compare_results(gold, list(gold), ordered=ordered).same
    assert (
        compare_results(gold, predicted, ordered=ordered).same
        == compare_results(predicted, gold, ordered=ordered).same
    )


@given(pairs())
def test_what_is_equal_in_order_is_equal_without(pair: Any) -> None:
    gold, predicted = pair
    if compare_results(gold, predicted, ordered=True).same:
        assert compare_results(gold, predicted, ordered=False).same


def ring(*lengths: int) -> list[tuple[int, ...]]:
    """Rows of 0 and 1 that join neighbouring columns into rings of these lengths."""
    width = sum(lengths)
    rows = []
    first = 0
    for length in lengths:
        for i in range(length):
            joined = {first + i, first + (i + 1) % length}
            rows.append(tuple(int(column in joined) for column in range(width)))
        first += length
    return rows


@pytest.mark.parametrize("width", [4, 12, 20])
def test_columns_that_all_look_alike_are_searched_without_trying_every_order(width: int) -> None:
    one, two = ring(width), ring(width // 2, width // 2)
    assert some_order_fits(one, one[3:] + one[:3], [0] * width)
    assert not some_order_fits(one, two, [0] * width)


def test_many_equal_columns_are_one_to_the_search() -> None:
    gold = [(1,) * 30 + (i, i % 2) for i in range(10)]
    predicted = [(i % 2, i) + (1,) * 30 for i in reversed(range(10))]
    assert some_order_fits(gold, predicted, [0] * 10)
    broken = [(1 - i % 2, i) + (1,) * 30 for i in reversed(range(10))]
    assert some_order_fits(gold, broken, [0] * 10) is False


@pytest.mark.parametrize(
    ("gold", "predicted", "ordered", "kind"),
    [
        ([], [(1,)], False, "row count"),
        ([(1,)], [(1, 2)], False, "column count"),
        ([(1,), (2,)], [(2,), (1,)], True, "row order"),
        ([(1,)], [(2,)], True, "values"),
        ([], [], False, "both empty"),
        ([(1,)], [(1,)], False, "same result"),
    ],
)
def test_the_verdict_says_what_decided(gold: Any, predicted: Any, ordered: bool, kind: str) -> None:
    assert compare_results(gold, predicted, ordered=ordered).kind == kind
