from __future__ import annotations

import random

import numpy as np
import pytest

from nshot.index.keyword.bm25 import ENGINES, VARIANTS, BM25Config
from nshot.index.keyword.live_bm25 import LiveBM25

WORDS = "the hut song of may june roast cost open more less".split()


def documents(count: int, seed: int) -> list[list[str]]:
    draw = random.Random(seed)
    return [draw.choices(WORDS, k=draw.randint(0, 9)) for _ in range(count)]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("lasting", "live"), [(40, 12), (40, 0), (0, 12), (1, 1)])
def test_scores_are_those_of_a_fresh_build(engine: str, variant: str, lasting: int, live: int) -> None:
    config = BM25Config(engine, variant)
    stay, behind = documents(lasting, 1), documents(live, 2)
    ours = LiveBM25(config, stay)
    ours.put([ours.read(tokens) for tokens in documents(30, 3)])  # gone again
    ours.put([ours.read(tokens) for tokens in behind])
    fresh = ENGINES[engine].build([*stay, *behind], config)
    for asked in (["hut"], ["the", "the", "may", "zyzzyva"], [], WORDS):
        np.testing.assert_allclose(ours.scores(asked), fresh.scores(asked), atol=1e-9)


def test_without_documents_there_are_no_scores() -> None:
    assert LiveBM25(BM25Config()).scores(["hut"]).shape == (0,)
