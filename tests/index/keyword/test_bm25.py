"""BM25: two engines, one ranking; rank-bm25 is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.errors import OptionError, UnknownNameError
from nshot.index.keyword.bm25 import ENGINES, VARIANTS, BM25Config, Bm25s, RankBm25
from nshot.index.ranking import best

WORDS = st.sampled_from("how many singers are there in each country of the world".split())
DOCUMENTS = st.lists(st.lists(WORDS, max_size=8), min_size=1, max_size=12)


@pytest.mark.parametrize("variant", VARIANTS)
@given(documents=DOCUMENTS, query=st.lists(WORDS, max_size=8))
@settings(max_examples=60, deadline=None)
def test_both_engines_rank_alike(variant: str, documents: list[list[str]], query: list[str]) -> None:
    config = BM25Config(variant=variant)
    ours = Bm25s.build(documents, config).scores(query)
    oracle = RankBm25.build(documents, config).scores(query)
    np.testing.assert_allclose(ours, oracle, atol=1e-9)
    assert best(ours, 12).rows.tolist() == best(oracle, 12).rows.tolist()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_was_saved_scores_the_same(engine: str, variant: str) -> None:
    documents = [["how", "many", "singers"], [], ["how", "many", "how", "naïve"]]
    built = ENGINES[engine].build(documents, BM25Config(engine, variant))
    loaded = ENGINES[engine].from_bytes(built.to_bytes())
    query = ["how", "naïve", "unknown", "how"]
    np.testing.assert_array_equal(loaded.scores(query), built.scores(query))


def test_scores_are_those_of_bm25s_itself() -> None:
    import bm25s

    documents = [["a", "b"], ["b", "c", "c"], ["a"]]
    model = bm25s.BM25(dtype="float64")
    model.index(documents, show_progress=False)
    query = ["c", "a", "c"]
    np.testing.assert_allclose(Bm25s.build(documents, BM25Config()).scores(query), model.get_scores(query))


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    scores = Bm25s.build([["a", "b"], ["a", "c"], ["a", "d"]], BM25Config()).scores(["a", "c"])
    assert best(scores, 1).rows.tolist() == [1]


@pytest.mark.parametrize("bad", [{"engine": "lucene"}, {"variant": "bm25l"}])
def test_unknown_names_are_refused_with_the_known_ones(bad: dict[str, str]) -> None:
    with pytest.raises(UnknownNameError, match="choose one of"):
        BM25Config(**bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(("k1", "b"), [(-1.0, 0.5), (1.5, 1.5)])
def test_parameters_out_of_range_are_refused(k1: float, b: float) -> None:
    with pytest.raises(OptionError, match="k1 must be at least 0"):
        BM25Config(k1=k1, b=b)
