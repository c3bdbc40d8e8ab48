"""Build, extend and shrink an index whose examples LanceDB or Milvus keeps; build.py calls this."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.artifacts import StartStage
from nshot.data import Catalog
from nshot.databases import schema_from_json
from nshot.index import (
    Content,
    Encoder,
    Manifest,
    SentenceTransformerEncoder,
    StoreConfig,
    TableBuild,
    TableStore,
    append_to_table,
    check_new_ids,
    delete_from_table,
    find_content_encoder,
    lock_for_writing,
)
from nshot.retrieval.build import IndexConfig, make_content, make_entries, make_vectors, schemas_of
from nshot.types import Example, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

CHUNK = 10_000
"""Examples that are masked, encoded and written at a time; this bounds the memory of a build."""


def build_table(
    path: Path,
    pool: Sequence[Example],
    catalog: Catalog,
    config: IndexConfig,
    store: StoreConfig,
    encoder: Encoder | None,
    report: StartStage,
) -> Manifest:
    """Build the index of a pool in a store; arguments and errors as those of `build_index`."""
    if encoder is None and config.encoder != "none":
        encoder = SentenceTransformerEncoder(config.encoder)
    second = None if encoder is None else find_content_encoder(encoder.name)
    width = 0 if second is None else second.encode([""]).shape[1]
    with lock_for_writing(path), TableBuild(path, store, config.vectors, len(pool)) as build:
        for start in range(0, len(pool), CHUNK):
            some = pool[start : start + CHUNK]
            build.add(_content(some, catalog, config, encoder, report), width)
        return build.finish()


def add_to_table(
    store: TableStore,
    pool: Sequence[Example],
    catalog: Catalog,
    policy: str,
    encoder: Encoder | None,
    report: StartStage,
) -> Manifest:
    """Append examples; arguments and errors as those of `add_examples`.

    Other processes may add at the same time: masking and encoding hold no lock.
    """
    ids = [example.id for example in pool]
    check_new_ids(ids, [one for one in ids if len(store.find("id", [one]))])  # before anything is encoded
    info = store.encoder
    if info is not None:
        encoder = encoder or SentenceTransformerEncoder(info.name)
        store.check_encoder(encoder)
    config = IndexConfig(policy, info.name if info else "none", "auto", store.manifest.bm25)
    known = {db_id: schema_from_json(record) for db_id, record in store.schemas.items()}
    content = _content(pool, catalog, config, encoder, report, known)
    return append_to_table(store, content, store.dims).manifest


def remove_from_table(store: TableStore, ids: Sequence[str]) -> Manifest:
    """Remove examples by id; errors as those of `remove_examples`."""
    return delete_from_table(store, ids).manifest


def _content(
    pool: Sequence[Example],
    catalog: Catalog,
    config: IndexConfig,
    encoder: Encoder | None,
    report: StartStage,
    known: Mapping[str, Schema] | None = None,
) -> Content:
    entries = make_entries(pool, catalog, report, known, same_db=config.same_db)
    vectors = make_vectors(config, encoder, entries, {}, report)
    return make_content(entries, vectors, schemas_of(pool, catalog), config.bm25, config.vectors)


__all__ = ["add_to_table", "build_table", "remove_from_table"]
