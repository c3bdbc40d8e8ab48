from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.errors import OptionError
from nshot.eval.measures import MEASURES, SUPPLIED, Measure, RetrievalJudge, parse_measures
from nshot.eval.measures.ceiling import CEILINGS
from nshot.eval.measures.table import WITHOUT_GOLD
from nshot.sql import operators

from .conftest import AGES, FILTER, JOIN, NAMES, NOT_IN, POOL, TOP, asked, example

EVERY = tuple(Measure(name, 2) for name in MEASURES)
GOLDS = (NAMES, FILTER, JOIN, TOP + " OFFSET 2", "SELECT max(a) FROM t WHERE b BETWEEN 1 AND 2")


def test_every_measure_of_the_table_is_taken() -> None:
    found = RetrievalJudge(POOL, EVERY).values(asked(FILTER), POOL[1:3])
    assert tuple(found) == EVERY
    assert all(-1 <= value <= 1 for value in found.values())


def test_a_question_without_gold_has_what_needs_none() -> None:
    found = RetrievalJudge(POOL, EVERY).values(asked(None), POOL[:2])
    assert {measure.name for measure, value in found.items() if not math.isnan(value)} == WITHOUT_GOLD


@given(st.text(), st.text())
def test_any_text_can_be_judged(gold: str, shown: str) -> None:
    found = RetrievalJudge(POOL, EVERY).values(asked(gold), [example(shown), example(NAMES)])
    assert found[Measure("gold_in_prompt", 2)] in (0, 1)


def test_supplied_measures_are_not_the_judges() -> None:
    for name in SUPPLIED:
        with pytest.raises(OptionError, match="the judge does not compute"):
            RetrievalJudge(POOL, [Measure(name, 3)])


def test_the_ideal_and_the_ceiling_keep_to_what_is_allowed() -> None:
    allowed = np.array([pool.sql not in (NAMES, AGES) for pool in POOL])
    measures = parse_measures("ndcg@1,skeleton_match@1,tree_similarity@1")
    free, bound = RetrievalJudge(POOL, measures), RetrievalJudge(POOL, measures, None, lambda _: allowed)
    question, shown = asked("SELECT a FROM b"), [example(FILTER)]
    ndcg = Measure("ndcg", 1)
    assert free.values(question, shown)[ndcg] < bound.values(question, shown)[ndcg] <= 1
    match, tree = measures[1:]
    assert free.ceiling([question]) == {match: 1, tree: 1}
    assert bound.ceiling([question])[match] == 0
    assert 0 < bound.ceiling([question])[tree] < 1


def test_allowed_of_another_pool_is_refused() -> None:
    judge = RetrievalJudge(POOL, EVERY, None, lambda _: np.ones(3, dtype=np.bool_))
    with pytest.raises(OptionError, match="yes or no to 7 examples"):
        judge.ceiling([asked(NAMES)])


@pytest.mark.parametrize("gold", GOLDS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_ceiling_is_the_best_of_all_choices(gold: str, k: int) -> None:
    measures = [Measure(name, k) for name in CEILINGS]
    judge = RetrievalJudge(POOL, measures)
    question = asked(gold)
    tried = [judge.values(question, choice) for choice in combinations(POOL, k)]
    ceiling = judge.ceiling([question])
    for measure in measures:
        assert ceiling[measure] == pytest.approx(max(values[measure] for values in tried)), measure


def test_the_ceiling_is_a_mean_over_the_questions_with_gold() -> None:
    questions = [asked(NAMES), asked(None), asked(NOT_IN + " AND b = 1")]
    assert RetrievalJudge(POOL, [Measure("skeleton_match", 1)]).ceiling(questions) == {
        Measure("skeleton_match", 1): 0.5
    }


def test_nothing_allowed_reaches_nothing() -> None:
    judge = RetrievalJudge(POOL, EVERY, None, lambda _: np.zeros(len(POOL), dtype=np.bool_))
    assert set(judge.ceiling([asked(JOIN)]).values()) == {0}
    assert math.isnan(judge.values(asked(JOIN), [])[Measure("ndcg", 2)])


def test_the_pools_operators_are_what_the_golds_are_covered_by() -> None:
    wanted = operators(GOLDS[-1])
    ceiling = RetrievalJudge(POOL, [Measure("operator_coverage", 3)]).ceiling([asked(GOLDS[-1])])
    covered = wanted & frozenset().union(*(operators(one.sql) for one in POOL))
    assert list(ceiling.values()) == [len(covered) / len(wanted)]
