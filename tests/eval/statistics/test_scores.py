from __future__ import annotations

import math

import numpy as np
import pytest

from nshot.errors import OptionError
from nshot.eval.scores import Score, System
from nshot.eval.statistics import cluster_bootstrap, scores
from nshot.types import Question

SYSTEM = System("keyword", "top", 3)
EASY = "SELECT name FROM singer"
EXTRA = "SELECT a FROM t WHERE x = (SELECT max(x) FROM t) AND b = 1 GROUP BY a ORDER BY count(*) LIMIT 1"
QUESTIONS = [
    Question("q1", "shop", sql=EASY),
    Question("q2", "shop", sql=EXTRA),
    Question("q3", "club", sql=EASY),
    Question("q4", "club"),
]


def by_group(found: list[Score]) -> dict[str, Score]:
    return {score.group: score for score in found}


def test_groups_are_all_hardness_and_database() -> None:
    found = scores(SYSTEM, "ex", [1, 0, 1, 0], QUESTIONS)
    assert [score.group for score in found] == [
        "all",
        "hardness:easy",
        "hardness:extra",
        "database:club",
        "database:shop",
    ]
    assert {(score.system, score.measure) for score in found} == {(SYSTEM, "ex")}


def test_each_group_has_its_own_mean_and_number() -> None:
    found = by_group(scores(SYSTEM, "ex", [1, 0, 1, 0], QUESTIONS))
    figures = {group: (s.estimate.value, s.estimate.questions) for group, s in found.items()}
    assert figures == {
        "all": (0.5, 4),
        "hardness:easy": (1.0, 2),
        "hardness:extra": (0.0, 1),
        "database:club": (0.5, 2),
        "database:shop": (0.5, 2),
    }


def test_the_interval_of_all_is_over_databases() -> None:
    found = by_group(scores(SYSTEM, "ex", [1, 1, 0, 0], QUESTIONS, seed=4))["all"]
    expected = cluster_bootstrap([1, 1, 0, 0], ["shop", "shop", "club", "club"], seed=4)
    assert found.estimate == expected


def test_seeds_are_averaged_by_question_and_their_spread_is_reported() -> None:
    table = np.array([[1, 0, 1, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    estimate = by_group(scores(SYSTEM, "ex", table, QUESTIONS))["all"].estimate
    assert estimate.value == 0.5
    assert estimate.sd == pytest.approx(np.std([0.5, 1, 0], ddof=1))
    assert (estimate.seeds, estimate.questions) == (3, 4)


def test_one_seed_has_no_spread() -> None:
    estimate = by_group(scores(SYSTEM, "ex", [[1, 0, 1, 0]], QUESTIONS))["all"].estimate
    assert (estimate.sd, estimate.seeds) == (None, 1)


def test_a_group_without_any_defined_value_is_kept() -> None:
    nan = float("nan")
    found = by_group(scores(SYSTEM, "tau@3", [nan, nan, 1, 1], QUESTIONS))["database:shop"]
    assert math.isnan(found.estimate.value)
    assert found.estimate.questions == 0


def test_no_question_is_still_a_record() -> None:
    (found,) = scores(SYSTEM, "ex", [], [])
    assert (found.group, found.estimate.questions) == ("all", 0)


@pytest.mark.parametrize("values", [[1, 0], np.zeros((2, 3)), np.zeros((0, 4)), np.zeros((1, 1, 4))])
def test_not_as_many_values_as_questions_is_refused(values: np.ndarray) -> None:
    with pytest.raises(OptionError, match="values"):
        scores(SYSTEM, "ex", values, QUESTIONS)
