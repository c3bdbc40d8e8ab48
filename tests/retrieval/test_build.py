"""Building, adding, removing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nshot.data import Catalog
from nshot.errors import EncoderMismatchError, IndexFolderError, PoolError, UnknownNameError
from nshot.index import ExampleIndex
from nshot.index.example_store import FIELDS
from nshot.index.keyword.bm25 import BM25Config
from nshot.retrieval import (
    STRATEGIES,
    IndexConfig,
    RetrievalConfig,
    Retriever,
    add_examples,
    build_index,
    remove_examples,
)
from nshot.retrieval.build import make_entries
from nshot.types import Example, Question

from ..fakes import FixedFirstPass, WordEncoder

ASKED = [
    Question("How many huts are in each region?", "mountain_huts"),
    Question("Who roasts what?", "coffee_roastery"),
]


def _bind(path: Path, catalog: Catalog, strategy: str) -> Retriever:
    return Retriever(
        path,
        RetrievalConfig(strategy),
        catalog=catalog,
        encoder=WordEncoder(),
        first_pass=FixedFirstPass(),
    )


def answers(path: Path, catalog: Catalog) -> dict[str, list[list[tuple[str, float]]]]:
    """Every strategy's candidates."""
    found = {}
    for strategy in STRATEGIES:
        retriever = _bind(path, catalog, strategy)
        found[strategy] = [
            [(candidate.example.id, candidate.score) for candidate in candidates]
            for candidates in retriever.retrieve(ASKED, 10)
        ]
    return found


@pytest.mark.parametrize("kind", ["flat", "hnsw"])
def test_add_gives_the_answers_of_a_fresh_build_and_encodes_only_what_is_new(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...], kind: str
) -> None:
    config = IndexConfig("never", vectors=kind)
    build_index(tmp_path / "grown", pool[:300], catalog, config, encoder=WordEncoder())
    encoder = WordEncoder()
    add_examples(tmp_path / "grown", pool[300:], catalog, encoder=encoder)
    build_index(tmp_path / "fresh", pool, catalog, config, encoder=WordEncoder())
    assert answers(tmp_path / "grown", catalog) == answers(tmp_path / "fresh", catalog)
    assert len(encoder.encoded) == 2 * (len(pool) - 300)
    grown, fresh = (ExampleIndex(tmp_path / name).manifest for name in ("grown", "fresh"))
    assert grown.pool_sha256 == fresh.pool_sha256
    assert grown.files == fresh.files
    assert grown.notes == fresh.notes


def test_remove_gives_the_answers_of_a_fresh_build_of_the_rest(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "cut", pool, catalog, IndexConfig("never"), encoder=WordEncoder())
    remove_examples(tmp_path / "cut", [example.id for example in pool[::2]])
    build_index(tmp_path / "fresh", pool[1::2], catalog, IndexConfig("never"), encoder=WordEncoder())
    assert answers(tmp_path / "cut", catalog) == answers(tmp_path / "fresh", catalog)


def test_both_bm25_engines_give_the_same_answers(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    for engine in ("bm25s", "rank-bm25"):
        config = IndexConfig("never", bm25=BM25Config(engine))
        build_index(tmp_path / engine, pool, catalog, config, encoder=WordEncoder())
    ours, oracle = (answers(tmp_path / engine, catalog) for engine in ("bm25s", "rank-bm25"))
    for strategy in STRATEGIES:
        for a, b in zip(ours[strategy], oracle[strategy], strict=True):
            assert [name for name, _ in a] == [name for name, _ in b]
            np.testing.assert_allclose([score for _, score in a], [score for _, score in b], atol=1e-8)


def test_the_index_holds_what_it_is_said_to_hold(
    indexes: dict[str, Path], pool: tuple[Example, ...], catalog: Catalog
) -> None:
    index = ExampleIndex(indexes["never"])
    index.verify()
    assert [entry.example.id for entry in index.entries] == [example.id for example in pool]
    first = index.entries[0]
    assert (first.example.question, first.example.sql) == (pool[0].question, pool[0].sql)
    assert first.example.difficulty in {"easy", "medium", "hard", "extra"}
    assert first.skeleton.startswith("select")
    assert any("[table]" in entry.masked for entry in index.entries)
    for field in FIELDS:
        assert index.vectors(field).vectors().shape == (len(pool), 64)
    retriever = Retriever(index, RetrievalConfig("keyword"))
    assert retriever.schema("bakery").tables == catalog.schema("bakery").tables


def test_a_pools_own_difficulty_is_kept(tmp_path: Path, catalog: Catalog) -> None:
    example = Example("a", "How many?", "SELECT count(*) FROM product", "bakery", difficulty="tricky")
    build_index(tmp_path / "i", [example], catalog, encoder=WordEncoder())
    assert ExampleIndex(tmp_path / "i").entries[0].example.difficulty == "tricky"


def test_examples_of_unknown_databases_are_counted_and_masked_by_spelling(tmp_path: Path) -> None:
    pool = [
        Example("a", "How many ships named Ada?", "SELECT 1", "fleet"),
        Example("b", "x 7", "SELECT 2", "fleet"),
    ]
    manifest = build_index(tmp_path / "i", pool, Catalog(), encoder=WordEncoder())
    assert manifest.notes == {"databases": 1, "without schema": 2}
    assert ExampleIndex(tmp_path / "i").entries[0].masked == "how many ships named [value] ?"


def test_ids_that_occur_twice_are_refused_before_anything_is_written(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    with pytest.raises(PoolError, match="occur twice"):
        build_index(tmp_path / "i", [pool[0], pool[0]], catalog, encoder=WordEncoder())
    assert not (tmp_path / "i").exists()
    build_index(tmp_path / "i", pool[:2], catalog, encoder=WordEncoder())
    with pytest.raises(PoolError, match="occur twice"):
        add_examples(tmp_path / "i", pool[1:3], catalog, encoder=WordEncoder())
    assert len(ExampleIndex(tmp_path / "i")) == 2


def test_nothing_to_index_is_refused(tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]) -> None:
    with pytest.raises(PoolError, match="no example that can be used"):
        build_index(tmp_path / "i", [], catalog, encoder=WordEncoder())
    build_index(tmp_path / "i", pool[:2], catalog, encoder=WordEncoder())
    with pytest.raises(PoolError, match="no example that can be used"):
        add_examples(tmp_path / "i", [], catalog, encoder=WordEncoder())
    with pytest.raises(PoolError, match="every example"):
        remove_examples(tmp_path / "i", [pool[0].id, pool[1].id])
    with pytest.raises(PoolError, match=r"nobody \(1 of 2"):
        remove_examples(tmp_path / "i", ["nobody", pool[0].id])


def test_add_to_no_index_is_refused(tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]) -> None:
    with pytest.raises(IndexFolderError, match="nshot index build"):
        add_examples(tmp_path / "none", pool, catalog, encoder=WordEncoder())


def test_add_with_another_encoder_is_refused(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "i", pool[:2], catalog, encoder=WordEncoder())
    with pytest.raises(EncoderMismatchError):
        add_examples(tmp_path / "i", pool[2:4], catalog, encoder=WordEncoder("other"))


def test_an_index_without_vectors_grows_and_shrinks(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "i", pool[:4], catalog, IndexConfig(encoder="none"))
    add_examples(tmp_path / "i", pool[4:6], catalog)
    manifest = remove_examples(tmp_path / "i", [pool[0].id])
    assert (manifest.count, manifest.encoder, manifest.vectors) == (5, None, "none")


def test_a_bad_config_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="never, allow"):
        IndexConfig("maybe")
    with pytest.raises(UnknownNameError, match="flat"):
        IndexConfig(vectors="annoy")


def test_add_without_a_catalog_masks_by_the_schemas_that_the_index_holds(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    build_index(tmp_path / "grown", pool[:400], catalog, IndexConfig("never"), encoder=WordEncoder())
    known = {example.db_id for example in pool[:400]}
    more = [example for example in pool[400:] if example.db_id in known]
    assert more
    add_examples(tmp_path / "grown", more, Catalog(), encoder=WordEncoder())
    fresh = make_entries([*pool[:400], *more], catalog)
    grown = ExampleIndex(tmp_path / "grown").entries
    assert [entry.sql_keys for entry in grown] == [entry.sql_keys for entry in fresh]
    masks = zip((entry.masked for entry in grown), (entry.masked for entry in fresh), strict=True)
    assert sum(a == b for a, b in masks) / len(fresh) > 0.95  # cell values need the databases themselves


def test_auto_is_never_for_the_sample_and_allow_for_an_own_pool(
    tmp_path: Path, catalog: Catalog, pool: tuple[Example, ...]
) -> None:
    own = [Example("a", "How many?", "SELECT count(*) FROM t", "my_shop")]
    assert build_index(tmp_path / "own", own, Catalog(), encoder=WordEncoder()).same_db == "allow"
    assert build_index(tmp_path / "sample", pool[:9], catalog, encoder=WordEncoder()).same_db == "never"
