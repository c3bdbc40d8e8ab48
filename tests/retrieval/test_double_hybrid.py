"""The fusion of both texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nshot.arrays import Float32Array
from nshot.artifacts import Advance
from nshot.data import Catalog
from nshot.retrieval import RetrievalConfig, Retriever
from nshot.retrieval.strategies import FUSION_CONSTANT
from nshot.types import Question

from ..fakes import WordEncoder

ASKED = Question("How many farms are in Ethiopia?", "coffee_roastery")


def test_a_score_is_the_sum_over_the_parts_vectors_double(indexes: dict[str, Path], catalog: Catalog) -> None:
    config = RetrievalConfig("double-hybrid")
    retriever = Retriever(indexes["never"], config, catalog=catalog, encoder=WordEncoder())
    (found,) = retriever.retrieve([ASKED], 5, live=True)
    for candidate in found:
        ranks = dict(part.rsplit(" #", 1) for part in candidate.why.split(", "))
        weights = {"keyword": 1, "vector": 2, "masked vector": 2}
        expected = sum(weights[name] / (FUSION_CONSTANT + int(rank)) for name, rank in ranks.items())
        assert abs(candidate.score - expected) < 1e-9
    assert len({candidate.example.id for candidate in found}) == 5


def test_both_texts_are_encoded(indexes: dict[str, Path], catalog: Catalog) -> None:
    encoder = WordEncoder()
    retriever = Retriever(
        indexes["never"], RetrievalConfig("double-hybrid"), catalog=catalog, encoder=encoder
    )
    retriever.retrieve([ASKED], 3)
    assert ASKED.text in encoder.encoded
    assert any(text.endswith((" table", " tables")) for text in encoder.encoded)


def test_both_texts_of_a_question_are_encoded_at_once(indexes: dict[str, Path], catalog: Catalog) -> None:
    calls: list[int] = []

    class Counting(WordEncoder):
        def encode(self, texts: Sequence[str], progress: Advance | None = None) -> Float32Array:
            calls.append(len(texts))
            return super().encode(texts, progress)

    config = RetrievalConfig("double-hybrid")
    retriever = Retriever(indexes["never"], config, catalog=catalog, encoder=Counting())
    retriever.retrieve([ASKED], 3)
    assert calls == [2]
