from __future__ import annotations

import numpy as np
import pytest

from nshot.errors import OptionError
from nshot.eval.scores import System
from nshot.eval.statistics import Sample, contrast, contrasts, mcnemar, paired_bootstrap

A, B, C = System("keyword", "top", 3), System("random", "top", 3), System("vector", "top", 3)
DATABASES = np.repeat(["a", "b", "c", "d"], 5)
RIGHT = np.array([1.0] * 15 + [0.0] * 5)
WRONG = np.array([0.0] * 10 + [1.0] * 10)


def test_right_and_wrong_are_tested_by_mcnemar() -> None:
    found = contrast("ex", Sample(A, RIGHT), Sample(B, WRONG), DATABASES)
    assert (found.system, found.baseline, found.measure, found.test) == (A, B, "ex", "mcnemar")
    assert (found.wins, found.losses) == (10, 5)
    assert found.p == found.p_holm == mcnemar(RIGHT, WRONG)
    assert found.difference == paired_bootstrap(RIGHT, WRONG, DATABASES)[0]


def test_graded_values_are_tested_by_the_paired_bootstrap() -> None:
    graded = RIGHT * 0.5
    found = contrast("ndcg@3", Sample(A, graded), Sample(B, WRONG), DATABASES)
    assert found.test == "paired bootstrap"
    assert found.p == paired_bootstrap(graded, WRONG, DATABASES)[1]


def test_seeds_are_averaged_before_they_are_compared() -> None:
    seeds = np.stack([RIGHT, WRONG])
    found = contrast("ex", Sample(A, RIGHT), Sample(B, seeds), DATABASES)
    assert found.test == "paired bootstrap"
    assert found.difference.value == pytest.approx(RIGHT.mean() - seeds.mean())


def test_a_win_is_the_lower_value_where_lower_is_better() -> None:
    found = contrast("ms", Sample(A, WRONG), Sample(B, RIGHT), DATABASES, lower_is_better=True)
    assert (found.wins, found.losses) == (10, 5)
    assert found.difference.value == WRONG.mean() - RIGHT.mean()


def test_holm_corrects_over_all_pairs_of_the_grid() -> None:
    samples = [Sample(A, RIGHT), Sample(C, 1 - RIGHT)]
    baseline = Sample(B, WRONG)
    found = contrasts("ex", [(sample, baseline) for sample in samples], DATABASES)
    alone = [contrast("ex", sample, baseline, DATABASES) for sample in samples]
    assert [one.system for one in found] == [A, C]
    assert [one.p for one in found] == [one.p for one in alone]
    smaller = min(one.p for one in alone)
    assert min(one.p_holm for one in found) == 2 * smaller


def test_no_pair_is_no_contrast() -> None:
    assert contrasts("ex", [], []) == []


def test_systems_of_different_questions_are_refused() -> None:
    with pytest.raises(OptionError, match="same questions"):
        contrast("ex", Sample(A, RIGHT[:3]), Sample(B, WRONG), DATABASES)
