"""One contract for every store of examples, against a store that looks at every entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nshot.arrays import Float32Array
from nshot.errors import EncoderMismatchError, IndexFolderError
from nshot.index import (
    Entry,
    ExampleIndex,
    ExampleStore,
    Filter,
    Hits,
    LiveEntry,
    LiveStore,
    StoreConfig,
    open_store,
)
from nshot.index.encoder import Encoder
from nshot.index.example_store import FIELDS, Field, VectorField
from nshot.index.filter import EVERYTHING
from nshot.index.folder import lock_for_writing
from nshot.index.manifest import EncoderInfo
from nshot.index.store import Content
from nshot.index.tables.places import TableBuild, append_to_table
from nshot.index.tables.table_store import TableStore
from nshot.types import Example

from ..fakes import WordEncoder
from .brute_force_store import BruteForceStore

WORDS = "how many huts are open in may and which roasts cost more than twelve".split()
COUNT = 90
ENCODER = WordEncoder(dim=16)


def folder_of(kind: str) -> Callable[[Content, Path], ExampleStore]:
    def opened(content: Content, path: Path) -> ExampleStore:
        with lock_for_writing(path):
            replace(content, vector_kind=kind).write(path)
        return ExampleIndex(path)

    return opened


def live_behind(lasting: int) -> Callable[[Content, Path], ExampleStore]:
    """A store whose entries from that number on are live ones; those before are a folder, if
    any."""

    def opened(content: Content, path: Path) -> ExampleStore:
        base = folder_of("flat")(part(content, lasting), path) if lasting else None
        store = LiveStore(
            base, lambda _, text: text.split(), encoder=content.encoder, content=content.content
        )
        live = [
            LiveEntry(entry, store.read(entry), {name: some[at] for name, some in content.vectors.items()})
            for at, entry in enumerate(content.entries)
        ]
        store.put(live[:lasting], {})  # what was there before leaves nothing behind
        store.put(live[lasting:], content.schemas)
        return store

    return opened


def table_of(store: str) -> Callable[[Content, Path], ExampleStore]:
    """A table of another engine, filled in two chunks, of which the second is added later."""

    def opened(content: Content, path: Path) -> ExampleStore:
        config = StoreConfig(store, str(path.parent / f"{path.name}-{store}.db"))
        path.mkdir(parents=True)
        with TableBuild(path, config) as build:
            build.add(part(content, 40))
            build.finish()
        made = open_store(path)
        assert isinstance(made, TableStore)
        append_to_table(made, rest(content, 40), made.dims)
        return open_store(path)

    return opened


def rest(content: Content, first: int) -> Content:
    """The entries of a content from that one on."""
    return replace(
        content,
        entries=content.entries[first:],
        tokens={name: tokens[first:] for name, tokens in content.tokens.items()},
        vectors={name: vectors[first:] for name, vectors in content.vectors.items()},
    )


def part(content: Content, count: int) -> Content:
    """The first entries of a content."""
    return replace(
        content,
        entries=content.entries[:count],
        tokens={name: tokens[:count] for name, tokens in content.tokens.items()},
        vectors={name: vectors[:count] for name, vectors in content.vectors.items()},
    )


STORES: dict[str, Callable[[Content, Path], ExampleStore]] = {
    "folder, exact": folder_of("flat"),
    "folder, HNSW": folder_of("hnsw"),
    "LanceDB": table_of("lancedb"),
    "Milvus Lite": table_of("milvus"),
    "live behind a folder": live_behind(50),
    "live alone": live_behind(0),
    "brute force": lambda content, path: BruteForceStore(content),
}
"""How each implementation is made of the same content."""


def make_content(encoder: Encoder | None = ENCODER) -> Content:
    """A pool with equal questions, exact repeats, and entries without tokens."""
    rng = np.random.default_rng(5)
    texts = [" ".join(rng.choice(WORDS, size=n % 7)) for n in range(COUNT - 10)]
    texts += texts[:10]  # the same questions again: ties, and exact repeats
    entries = []
    for n, text in enumerate(texts):
        n_first = texts.index(text)
        tags = tuple(tag for tag, step in (("checked", 2), ("own", 5)) if n % step == 0)
        db_id, difficulty = ("shop", "huts", "radio")[n_first % 3], ("easy", "hard")[n % 2]
        entries.append(
            Entry(
                Example(f"e{n}", text, f"SELECT {n_first}", db_id, difficulty, tags),
                text,
                "",
                (),
                "allow" if n_first % 4 == 0 else "never",
            )
        )
    tokens: dict[Field, list[list[str]]] = {field: [text.split() for text in texts] for field in FIELDS}
    vectors: dict[VectorField, Float32Array] = (
        {} if encoder is None else {field: encoder.encode(texts) for field in FIELDS}
    )
    info = None if encoder is None else EncoderInfo(encoder.name, encoder.fingerprint(), 16)
    return Content(entries, tokens, vectors, {"shop": {"tables": []}}, "mixed", info)


FILTERS = [
    EVERYTHING,
    Filter(repeats=False),
    Filter(db_ids=frozenset({"shop", "huts"}), difficulties=frozenset({"hard"})),
    Filter(tags=frozenset({"checked", "own"}), exclude_db_ids=frozenset({"radio"})),
    Filter(exclude_ids=frozenset({"e0", "e1", "e2", "e80", "unknown"})),
    Filter(exclude_db_ids=frozenset({"shop"}), exclude_ids=frozenset({"e1", "e4", "e5"}), repeats=False),
    Filter(db_ids=frozenset({"atlantis"})),
    Filter(closed_db_ids=frozenset({"shop", "radio"})),
    Filter(closed_db_ids=frozenset({"shop"}), exclude_db_ids=frozenset({"huts"}), repeats=False),
]


@pytest.fixture(scope="module", params=STORES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ExampleStore:
    return STORES[request.param](make_content(), tmp_path_factory.mktemp("store") / "index")


@pytest.fixture(scope="module")
def oracle() -> ExampleStore:
    return BruteForceStore(make_content())


def named(store: ExampleStore, hits: Hits) -> list[str]:
    return [entry.example.id for entry in store.fetch(hits.rows.tolist())]


@pytest.mark.parametrize("only", FILTERS)
def test_rows_are_those_that_pass_in_the_order_of_the_pool(store: ExampleStore, only: Filter) -> None:
    rows = store.rows(only).tolist()
    assert rows == sorted(rows)
    seen, expected = set(), []
    for example, *_, same_db in store.entries:
        repeated = (example.question, example.sql, example.db_id) in seen
        seen.add((example.question, example.sql, example.db_id))
        if only.passes(example, same_db) and (only.repeats or not repeated):
            expected.append(example.id)
    assert [entry.example.id for entry in store.fetch(rows)] == expected


@pytest.mark.parametrize("k", [1, 5, 2 * COUNT])
@pytest.mark.parametrize("only", FILTERS)
@pytest.mark.parametrize("text", ["how many huts", "may may roasts", "zyzzyva", ""])
def test_terms_are_searched_among_what_passes(
    store: ExampleStore, oracle: ExampleStore, text: str, only: Filter, k: int
) -> None:
    found = store.search_terms("masked", text.split(), k, only)
    expected = oracle.search_terms("masked", text.split(), k, only)
    assert named(store, found) == named(oracle, expected)
    np.testing.assert_allclose(found.scores, expected.scores, atol=1e-8)


@pytest.mark.parametrize("k", [1, 5, 2 * COUNT])
def test_each_vector_is_searched_among_what_passes_its_own_filter(
    store: ExampleStore, oracle: ExampleStore, k: int
) -> None:
    texts = ["how many huts", "open in may", "roasts", "twelve", "and which", "more", "huts", "in", "cost"]
    vectors = ENCODER.encode(texts)
    found = store.search_vectors("question", vectors, k, FILTERS)
    expected = oracle.search_vectors("question", vectors, k, FILTERS)
    for one, other in zip(found, expected, strict=True):
        assert named(store, one) == named(oracle, other)
        np.testing.assert_allclose(one.scores, other.scores, atol=2e-6)


def test_a_vector_finds_the_same_alone_and_among_others(store: ExampleStore) -> None:
    texts = ["how many huts", "open in may", "roasts", "twelve", "and", "more", "huts", "in", "cost"]
    vectors = ENCODER.encode(texts)
    together = store.search_vectors("masked", vectors, 9, FILTERS)
    for place, only in enumerate(FILTERS):
        (alone,) = store.search_vectors("masked", vectors[place : place + 1], 9, [only])
        assert alone.rows.tolist() == together[place].rows.tolist()


def test_no_vectors_asked_for_gives_no_rankings(store: ExampleStore) -> None:
    assert store.search_vectors("question", np.zeros((0, 16), dtype=np.float32), 3, []) == []


def test_entries_and_vectors_are_fetched_in_the_order_of_the_rows(store: ExampleStore) -> None:
    content = make_content()
    rows = store.rows(EVERYTHING).tolist()
    some = [rows[place] for place in (17, 3, 80)]
    assert [entry.example.id for entry in store.fetch(some)] == ["e17", "e3", "e80"]
    np.testing.assert_array_equal(
        store.embeddings("question", some), content.vectors["question"][[17, 3, 80]]
    )
    assert store.fetch([]) == []


def test_it_says_what_it_holds(store: ExampleStore) -> None:
    assert len(store) == len(store.entries) == COUNT
    assert store.facets.db_ids == {"shop", "huts", "radio"}
    assert store.facets.difficulties == {"easy", "hard"}
    assert store.facets.tags == {"checked", "own"}
    assert (store.same_db, dict(store.schemas)) == ("mixed", {"shop": {"tables": []}})
    assert store.encoder is not None
    assert store.encoder.fingerprint == ENCODER.fingerprint()


def test_another_encoder_is_refused(store: ExampleStore) -> None:
    store.check_encoder(WordEncoder(dim=16))
    with pytest.raises(EncoderMismatchError):
        store.check_encoder(WordEncoder("other"))


@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_a_store_without_vectors_says_so(
    make: Callable[[Content, Path], ExampleStore], tmp_path: Path
) -> None:
    bare = make(make_content(encoder=None), tmp_path / "index")
    with pytest.raises(IndexFolderError, match="no vectors"):
        bare.check_encoder(WordEncoder(dim=16))
    assert len(bare.search_terms("question", ["huts"], 3, EVERYTHING).rows) == 3
