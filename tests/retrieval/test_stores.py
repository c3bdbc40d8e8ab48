"""Retrieval asks a store for nothing but what the protocol promises."""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.arrays import Float32Array
from nshot.data import Catalog
from nshot.index import ExampleIndex, ExampleStore
from nshot.index.example_store import FIELDS, VectorField
from nshot.index.store import Content
from nshot.retrieval import SELECTIONS, STRATEGIES, Filters, RetrievalConfig, Retriever
from nshot.retrieval.terms import terms
from nshot.types import Question

from ..fakes import FixedFirstPass, WordEncoder
from ..index.brute_force_store import BruteForceStore


@pytest.fixture(scope="module")
def stores(indexes: dict[str, Path]) -> tuple[ExampleStore, ExampleStore]:
    """The folder, and a store with other rows and no index over the same content."""
    index = ExampleIndex(indexes["never"])
    tokens = {name: [terms(name, entry.text(name)) for entry in index.entries] for name in FIELDS}
    vectors: dict[VectorField, Float32Array] = {name: index.vectors(name).vectors() for name in FIELDS}
    content = Content(index.entries, tokens, vectors, index.schemas, index.same_db, index.encoder)
    return index, BruteForceStore(content)


@pytest.mark.parametrize("select", SELECTIONS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_another_store_gives_the_same_candidates(
    stores: tuple[ExampleStore, ExampleStore], catalog: Catalog, strategy: str, select: str
) -> None:
    pool = stores[0].entries[0].example
    questions = [
        Question("Which roasts cost more than 12 euros?", "coffee_roastery"),
        Question(pool.question, pool.db_id, pool.id, pool.sql),
    ]
    config = RetrievalConfig(strategy, select, filters=Filters(difficulties=("easy", "medium", "hard")))
    found = []
    for store in stores:
        retriever = Retriever(
            store, config, catalog=catalog, encoder=WordEncoder(), first_pass=FixedFirstPass()
        )
        found.append([retriever.retrieve(questions, 4, live) for live in (False, True)])
        assert retriever.find_allowed(questions[1]).shape == (len(store),)
    ours, other = (
        [[(c.example.id, round(c.score, 6), c.why) for c in some] for batch in both for some in batch]
        for both in found
    )
    assert ours == other
