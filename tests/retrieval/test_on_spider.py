"""Real Spider: what masking is worth, and the leak rule over the pool's own questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog, read_pool, read_questions
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.retrieval.leak import question_key
from nshot.sql import normalise, skeleton
from nshot.types import Question

pytestmark = pytest.mark.spider


@pytest.fixture(scope="module")
def index(spider: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Spider train without vectors: keyword strategies need none."""
    path = tmp_path_factory.mktemp("spider") / "index"
    pool = read_pool(spider / "train_spider.json").examples
    build_index(path, pool, Catalog(spider), IndexConfig("never", encoder="none"))
    return path


@pytest.mark.parametrize(
    ("strategy", "select", "least"),
    [
        ("keyword", "top", 0.27),
        ("masked-keyword", "top", 0.41),
        ("masked-keyword", "distinct", 0.45),
        ("masked-keyword", "coverage", 0.56),
    ],
)
def test_share_of_dev_questions_with_an_identical_skeleton_in_the_top_3(
    index: Path, spider: Path, strategy: str, select: str, least: float
) -> None:
    retriever = Retriever(index, RetrievalConfig(strategy, select), catalog=Catalog(spider))
    questions = read_questions(spider / "dev.json")
    found = retriever.retrieve(questions, 3)
    hits = sum(
        skeleton(question.sql or "") in {skeleton(candidate.example.sql) for candidate in candidates}
        for question, candidates in zip(questions, found, strict=True)
    )
    assert hits / len(questions) >= least


@pytest.mark.parametrize("strategy", ["random", "keyword", "masked-keyword"])
def test_the_pools_own_questions_meet_nothing_of_their_own(index: Path, spider: Path, strategy: str) -> None:
    retriever = Retriever(index, RetrievalConfig(strategy), catalog=Catalog(spider))
    pool = [entry.example for entry in retriever.index.entries][::5]
    questions = [Question(example.question, example.db_id, sql=example.sql) for example in pool]
    for question, candidates in zip(questions, retriever.retrieve(questions, 5), strict=True):
        assert len(candidates) == 5
        for candidate in candidates:
            assert candidate.example.db_id != question.db_id
            assert question_key(candidate.example.question) != question_key(question.text)
            assert normalise(candidate.example.sql) != normalise(question.sql or "")
