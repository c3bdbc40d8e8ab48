"""What a user reads who names a store that cannot be used, and what Milvus alone does."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nshot.errors import IndexFolderError, MissingExtraError, OptionError, PoolError, UnknownNameError
from nshot.index import (
    EVERYTHING,
    EncoderInfo,
    StoreConfig,
    TableBuild,
    append_to_table,
    open_store,
    read_manifest,
)
from nshot.index.manifest import StoreInfo

from .test_table_writers import BATCH, build_pool, make_content, open_table


@pytest.fixture
def lite(tmp_path: Path) -> Path:
    """A pool in Milvus Lite with one batch."""
    pytest.importorskip("milvus_lite")
    return build_pool(tmp_path, StoreConfig("milvus", str(tmp_path / "pool.db")))


@pytest.mark.parametrize(
    ("store", "url", "error", "words"),
    [
        ("folder", "somewhere", OptionError, "lancedb and milvus"),
        ("lancedb", "", OptionError, "store_url"),
        ("lancedb", "s3://bucket", OptionError, "must be a folder"),
        ("milvos", "x", UnknownNameError, "milvus"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    store: str, url: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        StoreConfig(store, url)


def test_a_password_is_not_kept() -> None:
    config = StoreConfig("milvus", "http://me:sesame-77@host:19530")
    assert config.info() == StoreInfo("milvus", "http://me@host:19530")


@pytest.mark.parametrize(("store", "package"), [("lancedb", "lancedb"), ("milvus", "pymilvus")])
def test_a_missing_package_names_the_extra(
    store: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"nshot\[{store}\]"):
        build_pool(tmp_path, StoreConfig(store, str(tmp_path / "pool.db")))


def test_a_server_that_does_not_answer_is_named_without_the_password(
    lite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nshot.index.tables.milvus_table.TIMEOUT", 0.5)
    config = StoreConfig("milvus", "http://me:sesame-77@127.0.0.1:9")
    with pytest.raises(IndexFolderError, match=r"127\.0\.0\.1:9") as caught:
        build_pool(lite / "other", config)
    assert "sesame" not in str(caught.value)
    assert "store_url" in str(caught.value)


def test_a_pool_whose_place_is_gone_says_where_it_was(tmp_path: Path) -> None:
    pytest.importorskip("lancedb")
    path = build_pool(tmp_path, StoreConfig("lancedb", str(tmp_path / "lance")))
    (tmp_path / "lance").rename(tmp_path / "elsewhere")
    with pytest.raises(IndexFolderError, match=r"no LanceDB folder .*lance"):
        open_store(path)


def test_a_build_over_another_removes_its_table(tmp_path: Path) -> None:
    pytest.importorskip("lancedb")
    config = StoreConfig("lancedb", str(tmp_path / "lance"))
    path = build_pool(tmp_path, config)
    before = {one.name for one in (tmp_path / "lance").glob("*.lance")}
    with TableBuild(path, config) as build:
        build.add(make_content("second", 3))
        assert build.finish().count == 3
    after = {one.name for one in (tmp_path / "lance").glob("*.lance")}
    assert len(before) == len(after) == 2
    assert before.isdisjoint(after)
    assert [one.example.id for one in open_store(path).entries] == [f"second-{n}" for n in range(3)]


def test_a_build_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    pytest.importorskip("lancedb")
    config = StoreConfig("lancedb", str(tmp_path / "lance"))
    path = build_pool(tmp_path, config)

    def fail() -> None:
        with TableBuild(path, config) as build:
            build.add(make_content("second", 3))
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fail()
    assert read_manifest(path).count == BATCH
    assert len(list((tmp_path / "lance").glob("*.lance"))) == 2


def test_records_of_a_batch_that_is_not_whole_are_not_seen(
    lite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_table(lite)

    def stop(kind: str, *_: object) -> None:
        raise KeyboardInterrupt(kind)

    with monkeypatch.context() as patch:
        patch.setattr(store.table, "_note", stop)
        with pytest.raises(KeyboardInterrupt):
            append_to_table(store, replace(make_content("half"), schemas={}), {})
    assert len(open_table(lite)) == BATCH
    append_to_table(store, make_content("half"), {})
    assert len(open_table(lite)) == 2 * BATCH


def test_a_text_that_milvus_cannot_keep_is_refused_whole(lite: Path) -> None:
    content = make_content("long", 2)
    long = content.entries[1]._replace(masked="x" * 70_000)
    with pytest.raises(PoolError, match="long-1"):
        append_to_table(open_table(lite), replace(content, entries=[content.entries[0], long]), {})
    assert len(open_table(lite)) == BATCH


def test_what_is_removed_while_a_reader_of_milvus_is_open_is_said(lite: Path) -> None:
    store = open_table(lite)
    assert len(store) == BATCH
    store.table.delete(["first-3"])
    with pytest.raises(IndexFolderError, match="open it again"):
        store.fetch([3])
    assert len(open_table(lite)) == BATCH - 1


def test_names_with_quotes_are_searched_in_milvus(lite: Path) -> None:
    content = make_content('it\'s "so"\\ \n', 3)
    append_to_table(open_table(lite), content, {})
    found = open_table(lite).fetch([BATCH, BATCH + 2])
    assert [entry.example.id for entry in found] == [content.entries[at].example.id for at in (0, 2)]


@pytest.mark.parametrize("store", ["lancedb", "milvus"])
def test_a_graph_finds_what_is_near(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("lancedb" if store == "lancedb" else "milvus_lite")
    monkeypatch.setattr("nshot.index.tables.lancedb_table.SMALLEST_GRAPH", 300)
    rng, count = np.random.default_rng(3), 600
    vectors = rng.normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    content = replace(
        make_content("x", count), vectors={"question": vectors}, encoder=EncoderInfo("words", "0", 16)
    )
    path = tmp_path / "index"
    path.mkdir()
    with TableBuild(path, StoreConfig(store, str(tmp_path / "pool.db")), "hnsw") as build:
        build.add(content)
        assert build.finish().vectors == "hnsw"
    queries = vectors[:20]
    found = open_store(path).search_vectors("question", queries, 10, [EVERYTHING] * len(queries))
    nearest = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :10]
    shared = [
        len(set(one.rows.tolist()) & set(rows)) for one, rows in zip(found, nearest.tolist(), strict=True)
    ]
    assert sum(shared) >= 0.95 * 10 * len(queries)
