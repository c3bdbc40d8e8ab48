from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.measures.bags import Bag, Bags, dice, jaccard

bags = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 4), max_size=5)


def test_hand_computed() -> None:
    one, other = {"a": 2, "b": 1}, {"a": 1, "b": 1, "c": 2}
    assert jaccard(one, other) == 2 / 5
    assert dice(one, other) == 4 / 7


@given(bags, bags)
def test_they_are_symmetric_and_one_for_equal_bags_only(one: Bag, other: Bag) -> None:
    for similarity in (jaccard, dice):
        assert similarity(one, other) == similarity(other, one)
        assert 0 <= similarity(one, other) <= 1
        assert (similarity(one, other) == 1) == (one == other)


@given(bags, bags)
def test_dice_follows_from_jaccard(one: Bag, other: Bag) -> None:
    share = jaccard(one, other)
    assert dice(one, other) == pytest.approx(2 * share / (1 + share))


@given(bags, st.lists(bags, min_size=1, max_size=8))
def test_many_at_once_are_as_one_by_one(bag: Bag, pool: list[Bag]) -> None:
    held = Bags(pool)
    assert held.jaccard(bag).tolist() == [jaccard(bag, other) for other in pool]
    assert held.dice(bag).tolist() == [dice(bag, other) for other in pool]


def test_a_bag_that_could_not_be_made_is_like_nothing() -> None:
    held = Bags([None, {"a": 1}, None])
    assert held.dice({"a": 1}).tolist() == [0, 1, 0]
    assert held.jaccard({}).tolist() == [0, 0, 0]
