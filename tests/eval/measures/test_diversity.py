from __future__ import annotations

import math

from .conftest import AGES, COUNT, NAMES, Values, asked, example


def test_shares_of_the_shown_that_are_distinct(values: Values) -> None:
    shown = [example(NAMES, "a"), example(AGES, "b"), example(COUNT, "a"), example(COUNT, "c")]
    found = values("distinct_skeletons@4,distinct_databases@4,distinct_skeletons@1", asked(None), shown)
    assert list(found.values()) == [2 / 4, 3 / 4, 1]


def test_fewer_than_k_are_compared_with_their_own_number(values: Values) -> None:
    assert values("distinct_databases@5", asked(None), [example(NAMES)]) == {"distinct_databases@5": 1}


def test_without_examples_there_is_no_diversity(values: Values) -> None:
    assert math.isnan(values("distinct_skeletons@3", asked(None), [])["distinct_skeletons@3"])
