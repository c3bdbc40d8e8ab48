"""The shipped encoder on a pool that it was not trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog, read_questions, sample_dir
from nshot.retrieval import IndexConfig, RetrievalConfig, Retriever, build_index
from nshot.sql import skeleton
from nshot.types import Example

SHOTS = 3


@pytest.mark.model
def test_it_finds_the_skeletons_of_the_sample_where_words_do_not(
    pool: tuple[Example, ...], catalog: Catalog, tmp_path: Path
) -> None:
    build_index(tmp_path / "index", pool, catalog, IndexConfig("never", encoder="structural"))
    questions = read_questions(sample_dir() / "dev.json")
    shares = {}
    for strategy in ("masked-keyword", "vector", "double-hybrid"):
        found = Retriever(tmp_path / "index", RetrievalConfig(strategy), catalog=catalog).retrieve(
            questions, SHOTS
        )
        hits = [
            skeleton(question.sql or "") in {skeleton(c.example.sql) for c in candidates}
            for question, candidates in zip(questions, found, strict=True)
        ]
        shares[strategy] = sum(hits) / len(hits)
    assert shares["masked-keyword"] < 0.45
    assert shares["vector"] > 0.55  # all-MiniLM-L6-v2: .22
    assert shares["double-hybrid"] > 0.57
