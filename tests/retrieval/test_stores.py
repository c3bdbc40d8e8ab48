"""Retrieval asks a store for nothing but what the protocol promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nshot.arrays import Float32Array
from nshot.data import Catalog
from nshot.errors import PoolError
from nshot.index import ExampleIndex, ExampleStore, StoreConfig, TableStore, open_store, read_manifest
from nshot.index.example_store import FIELDS, VectorField
from nshot.index.manifest import StoreInfo
from nshot.index.store import Content
from nshot.retrieval import (
    SELECTIONS,
    STRATEGIES,
    Filters,
    IndexConfig,
    RetrievalConfig,
    Retriever,
    add_examples,
    build_index,
    remove_examples,
)
from nshot.retrieval.terms import terms
from nshot.types import Example, Question

from ..fakes import FixedFirstPass, WordEncoder
from ..index.brute_force_store import BruteForceStore


@pytest.fixture(scope="module", params=["brute force", "lancedb", "milvus"])
def stores(
    indexes: dict[str, Path],
    catalog: Catalog,
    pool: tuple[Example, ...],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[ExampleStore, ExampleStore]:
    """The folder, and another store of the same content."""
    index = ExampleIndex(indexes["never"])
    if request.param != "brute force":
        return index, built(request.param, tmp_path_factory.mktemp("stores"), catalog, pool)
    tokens = {name: [terms(name, entry.text(name)) for entry in index.entries] for name in FIELDS}
    vectors: dict[VectorField, Float32Array] = {name: index.vectors(name).vectors() for name in FIELDS}
    content = Content(index.entries, tokens, vectors, index.schemas, index.same_db, index.encoder)
    return index, BruteForceStore(content)


def built(store: str, folder: Path, catalog: Catalog, pool: Sequence[Example]) -> ExampleStore:
    """The pool in another store: a part is built, with an example too many, and the rest added."""
    pytest.importorskip("lancedb" if store == "lancedb" else "pymilvus")
    path, config, encoder = folder / "index", StoreConfig(store, str(folder / "pool.db")), WordEncoder()
    extra = replace(pool[0], id="extra", question="How many extras?")
    first = build_index(
        path, [*pool[:50], extra], catalog, IndexConfig("never"), store=config, encoder=encoder
    )
    assert (first.count, first.store) == (51, StoreInfo(store, str(folder / "pool.db")))
    assert add_examples(path, pool[50:], catalog, same_db="never", encoder=encoder).count == len(pool) + 1
    last = remove_examples(path, ["extra"])
    assert (last.count, last.same_db) == (len(pool), "never")
    assert last == read_manifest(path)
    with pytest.raises(PoolError, match=pool[3].id):
        add_examples(path, [pool[3]], catalog, encoder=encoder)
    opened = open_store(path)
    opened.verify()
    return opened


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


@pytest.mark.parametrize("strategy", ["random", "keyword", "own-first"])
def test_a_table_gives_the_texts_of_what_is_shown_only(
    tmp_path: Path,
    catalog: Catalog,
    pool: tuple[Example, ...],
    strategy: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("lancedb")
    config = StoreConfig("lancedb", str(tmp_path / "lance"))
    build_index(
        tmp_path / "index", pool[:200], catalog, IndexConfig("allow"), store=config, encoder=WordEncoder()
    )
    store = open_store(tmp_path / "index")
    assert isinstance(store, TableStore)
    read: list[int] = []
    take = store.table.take

    def counting(keys: Sequence[int], column: str) -> Sequence[object]:
        read.append(len(keys) if column == "entry" else 0)
        return take(keys, column)

    monkeypatch.setattr(store.table, "take", counting)
    retriever = Retriever(store, RetrievalConfig(strategy), catalog=catalog, encoder=WordEncoder())
    (found,) = retriever.retrieve([Question("How many farms are there?", pool[0].db_id)], 4, live=True)
    assert len(found) == 4
    assert sum(read) == 4
