"""The published figures of docs/results/scoreboard.md that follow from the data alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import read_pool, read_questions
from nshot.eval.measures import RetrievalJudge, parse_measures

pytestmark = pytest.mark.spider


def test_the_ceiling_of_skeleton_match_is_the_published_one(spider: Path) -> None:
    pool = read_pool(spider / "train_spider.json").examples
    questions = read_questions(spider / "dev.json")
    judge = RetrievalJudge(pool, parse_measures("skeleton_match@3,operator_coverage@3"))
    match, coverage = judge.ceiling(questions).values()
    assert match == pytest.approx(0.856, abs=0.0005)
    assert coverage == 1


def test_every_dev_and_train_query_has_a_tree(spider: Path) -> None:
    pool = read_pool(spider / "train_spider.json").examples
    judge = RetrievalJudge(pool, parse_measures("tree_similarity@1"))
    own = [judge.values(question, pool[:1]) for question in read_questions(spider / "dev.json")]
    assert all(0 <= value <= 1 for values in own for value in values.values())
