from __future__ import annotations

import math

import pytest

from .conftest import AGES, COUNT, FILTER, JOIN, NAMES, NOT_IN, TOP, Values, asked, example


def test_a_skeleton_matches_within_k_only(values: Values) -> None:
    shown = [example(COUNT), example(FILTER), example(AGES)]
    found = values("skeleton_match@1,skeleton_match@2,skeleton_match@3", asked(NAMES), shown)
    assert list(found.values()) == [0, 0, 1]


def test_skeleton_similarity_is_of_bags_of_tokens_and_takes_the_best(values: Values) -> None:
    shown = [example(COUNT), example(FILTER)]
    measures = "skeleton_similarity@1,skeleton_similarity@2,skeleton_similarity_mean@2"
    found = values(measures, asked(NAMES), shown)
    # gold: select _ from _ ; COUNT: select count ( * ) from _ ; FILTER: select _ from _ where _ = _
    assert list(found.values()) == [3 / 8, 4 / 8, (3 / 8 + 4 / 8) / 2]


def test_tree_similarity_takes_the_best(values: Values) -> None:
    found = values("tree_similarity@1,tree_similarity@2", asked(NAMES), [example(JOIN), example(AGES)])
    assert 0 < found["tree_similarity@1"] < found["tree_similarity@2"] == 1


def test_operators_are_covered_by_the_examples_together(values: Values) -> None:
    gold = "SELECT name FROM t WHERE a = 1 ORDER BY b DESC LIMIT 3"  # where, order by, limit
    shown = [example(NAMES), example(FILTER), example(TOP)]
    found = values("operator_coverage@1,operator_coverage@2,operator_coverage@3", asked(gold), shown)
    assert list(found.values()) == [0, 1 / 3, 1]


def test_a_gold_without_operators_is_covered(values: Values) -> None:
    assert values("operator_coverage@1", asked(NAMES), [example(JOIN)]) == {"operator_coverage@1": 1}


def test_hardness_is_matched_by_one_and_shared_by_some(values: Values) -> None:
    shown = [example(NAMES), example(NOT_IN), example(COUNT)]
    found = values("hardness_match@3,hardness_share@3", asked(AGES), shown)
    assert found == {"hardness_match@3": 1, "hardness_share@3": 2 / 3}
    assert values("hardness_match@3", asked(JOIN), shown) == {"hardness_match@3": 0}


def test_fewer_examples_than_k_are_taken_as_they_are(values: Values) -> None:
    found = values("hardness_share@5,skeleton_match@5", asked(NAMES), [example(AGES)])
    assert found == {"hardness_share@5": 1, "skeleton_match@5": 1}


def test_no_example_reaches_nothing(values: Values) -> None:
    names = (
        "skeleton_match",
        "skeleton_similarity",
        "skeleton_similarity_mean",
        "tree_similarity",
        "operator_coverage",
        "hardness_match",
        "hardness_share",
        "ndcg",
    )
    found = values(",".join(f"{name}@3" for name in names), asked(JOIN), [])
    assert set(found.values()) == {0}


@pytest.mark.parametrize("measure", ["tree_similarity@2", "ndcg@2", "tau@2"])
def test_a_gold_that_cannot_be_parsed_has_no_tree_measure(values: Values, measure: str) -> None:
    shown = [example(NAMES), example(JOIN)]
    assert math.isnan(values(measure, asked("SELECT FROM WHERE ((("), shown)[measure])


def test_an_example_that_cannot_be_parsed_is_like_nothing(values: Values) -> None:
    found = values("tree_similarity@1", asked(NAMES), [example("SELECT FROM WHERE (((")])
    assert found == {"tree_similarity@1": 0}
