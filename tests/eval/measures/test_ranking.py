from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.measures.ranking import tau_b

from .conftest import AGES, COUNT, FILTER, JOIN, NAMES, NOT_IN, POOL, TOP, Values, asked, example


def by_pairs(values: list[float]) -> float:
    """tau-b by its definition; NaN if all values are equal."""
    pairs = [np.sign(first - second) for first, second in combinations(values, 2)]
    untied = np.count_nonzero(pairs)
    return float(sum(pairs) / np.sqrt(len(pairs) * untied)) if untied else math.nan


@given(st.lists(st.sampled_from([0.0, 0.25, 0.3, 0.1 + 0.2, 0.9]), max_size=8))
def test_tau_is_equal_to_its_definition(similarities: list[float]) -> None:
    assert tau_b(similarities) == pytest.approx(by_pairs(similarities), abs=1e-14, nan_ok=True)


def test_the_most_similar_first_has_tau_one(values: Values) -> None:
    gold = asked("SELECT name FROM t WHERE a = 1")
    best_first = [example(FILTER), example(NAMES), example(JOIN)]
    assert values("tau@3", gold, best_first) == {"tau@3": 1}
    assert values("tau@3", gold, best_first[::-1]) == {"tau@3": -1}


def test_tau_of_one_example_or_of_equals_is_undefined(values: Values) -> None:
    gold = asked("SELECT name FROM t WHERE a = 1")
    assert math.isnan(values("tau@1", gold, [example(FILTER), example(JOIN)])["tau@1"])
    assert math.isnan(values("tau@2", gold, [example(NAMES), example(AGES)])["tau@2"])


def test_the_best_order_of_the_best_examples_has_ndcg_one(values: Values) -> None:
    assert values("ndcg@2", asked("SELECT a FROM b"), [example(NAMES), example(AGES)])["ndcg@2"] == 1


def test_ndcg_by_hand(values: Values) -> None:
    gold = asked("SELECT a FROM b WHERE c = 1")
    shown = [example(COUNT), example(FILTER)]
    gains = [values("tree_similarity@1", gold, [one])["tree_similarity@1"] for one in shown]
    all_gains = sorted(
        (values("tree_similarity@1", gold, [one])["tree_similarity@1"] for one in POOL), reverse=True
    )
    expected = (gains[0] + gains[1] / math.log2(3)) / (all_gains[0] + all_gains[1] / math.log2(3))
    assert values("ndcg@2", gold, shown)["ndcg@2"] == pytest.approx(expected)
    assert gains[1] == all_gains[0] == 1


def test_a_perfect_order_of_poor_examples_is_no_one(values: Values) -> None:
    gold = asked("SELECT a FROM b WHERE c = 1")
    assert values("ndcg@2", gold, [example(JOIN), example(TOP)])["ndcg@2"] < 0.8


def test_a_worse_order_has_a_lower_ndcg(values: Values) -> None:
    gold, good, bad = asked("SELECT a FROM b WHERE c = 1"), example(FILTER), example(NOT_IN)
    right = values("ndcg@2", gold, [good, bad])["ndcg@2"]
    assert values("ndcg@2", gold, [bad, good])["ndcg@2"] < right
