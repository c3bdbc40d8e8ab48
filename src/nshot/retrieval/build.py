"""Build, extend and shrink an index: mask the questions, compute skeletons, encode, write the
folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from nshot.arrays import Float32Array
from nshot.artifacts import StartStage, start_silently
from nshot.data import Catalog
from nshot.databases import schema_from_json, schema_to_json
from nshot.errors import PoolError, UnknownNameError
from nshot.index import (
    FIELDS,
    KINDS,
    STRUCTURAL,
    BM25Config,
    Content,
    Encoder,
    EncoderInfo,
    Entry,
    ExampleIndex,
    Manifest,
    SentenceTransformerEncoder,
    StoreConfig,
    VectorField,
    check_encoder_folder,
    check_new_ids,
    find_content_encoder,
    find_table,
    lock_for_writing,
)
from nshot.options import option
from nshot.retrieval.leak import sql_keys
from nshot.retrieval.masking import Masker
from nshot.retrieval.policy import default_same_db
from nshot.retrieval.strategies import encoder_text
from nshot.retrieval.terms import terms
from nshot.sql import hardness, skeleton
from nshot.types import Example, Schema


@dataclass(frozen=True)
class IndexConfig:
    """How an index is built; checked on construction."""

    PANEL: ClassVar = "Index"

    same_db: str = option("auto", common=True)
    """Whether a question may be shown examples of its own database: never, allow, or auto (never
    for Spider and the sample, allow for a pool of your own)."""
    encoder: str = option(STRUCTURAL, common=True)
    """The question encoder: structural (tuned to the shape of the SQL), all-MiniLM-L6-v2 (its base
    model), any sentence-transformers name, a folder, or none for keyword search only."""
    vectors: str = option("auto")
    """Kind of vector index: flat (exact), hnsw (large pools), or auto."""
    bm25: BM25Config = field(default_factory=BM25Config)

    def __post_init__(self) -> None:
        if self.same_db not in ("auto", "never", "allow"):
            raise UnknownNameError(
                "policy same_db", self.same_db, ("auto", "never", "allow"), option="same_db"
            )
        if self.vectors not in KINDS:
            raise UnknownNameError("vector index", self.vectors, KINDS)


def build_index(
    path: Path,
    pool: Sequence[Example],
    catalog: Catalog,
    config: IndexConfig | None = None,
    *,
    store: StoreConfig | None = None,
    encoder: Encoder | None = None,
    report: StartStage = start_silently,
) -> Manifest:
    """Build the index of a pool in `path`; an index that is already there is replaced.

    Args:
        path: The index folder; created if it does not exist.
        pool: The examples; their order decides ties.
        catalog: The schemas and cell values of the pool's databases. If it does not know an
            example's database, the question is masked by spelling alone; the manifest's notes count
            such examples.
        config: How to build.
        store: What keeps the examples; by default the folder. In another store, `path` gets a
            small manifest that names it.
        encoder: Used in place of the encoder that the config names.
        report: Receives the progress of the long stages.

    Raises:
        PoolError: The pool is empty, or an id occurs twice.
        IndexLockedError: Another process is writing to the folder.
        IndexFolderError: The folder holds something other than an index.
        EngineError: There is no such encoder.
    """
    config = config or IndexConfig()
    if config.same_db == "auto":
        config = replace(config, same_db=default_same_db(example.db_id for example in pool))
    _check_ids(pool)
    if encoder is None and config.encoder != "none":
        check_encoder_folder(config.encoder)
    if store is not None and store.store != "folder":
        from nshot.retrieval.build_table import build_table

        return build_table(path, pool, catalog, config, store, encoder, report)
    with lock_for_writing(path):
        schemas = schemas_of(pool, catalog)
        entries = make_entries(pool, catalog, report, same_db=config.same_db)
        vectors = make_vectors(config, encoder, entries, {}, report)
        return make_content(entries, vectors, schemas, config.bm25, config.vectors).write(path)


def add_examples(
    path: Path,
    pool: Sequence[Example],
    catalog: Catalog,
    *,
    same_db: str = "auto",
    encoder: Encoder | None = None,
    report: StartStage = start_silently,
) -> Manifest:
    """Append examples to an index. Searches then give the same results as a fresh build of all
    examples.

    Only the new questions are encoded. A database whose schema the index already stores keeps that
    schema, so that all its examples are masked alike. The examples of each pool keep the policy of
    their pool.

    Args:
        path: The index folder.
        pool: The new examples.
        catalog: The schemas and cell values of their databases.
        same_db: Their policy: never, allow, or auto as in `IndexConfig.same_db`.
        encoder: Used in place of the encoder that the index names.
        report: Receives the progress of the long stages.

    Raises:
        PoolError: There is nothing to add, or an id is already in the index.
        EncoderMismatchError: `encoder` is not the encoder of the index.
    """
    policy = default_same_db(one.db_id for one in pool) if same_db == "auto" else same_db
    if (table := find_table(path)) is not None:
        from nshot.retrieval.build_table import add_to_table

        _check_ids(pool)
        return add_to_table(table, pool, catalog, policy, encoder, report)
    with lock_for_writing(path):
        old = ExampleIndex(path)
        _check_ids([*(entry.example for entry in old.entries), *pool], new=len(pool))
        config = _config_of(old.manifest)
        if old.manifest.encoder is not None:
            encoder = encoder or SentenceTransformerEncoder(config.encoder)
            old.check_encoder(encoder)
        known = {db_id: schema_from_json(record) for db_id, record in old.schemas.items()}
        entries = [*old.entries, *make_entries(pool, catalog, report, known, same_db=policy)]
        vectors = make_vectors(config, encoder, entries, _read_vectors(old), report)
        schemas = dict(sorted({**schemas_of(pool, catalog), **old.schemas}.items()))
        manifest = make_content(entries, vectors, schemas, config.bm25, config.vectors).write(path)
        old.close()
        return manifest


def remove_examples(path: Path, ids: Sequence[str]) -> Manifest:
    """Remove examples by id. Searches then give the same results as a fresh build of the rest.

    Raises:
        PoolError: An id is not in the index, or no example would be left.
    """
    if (table := find_table(path)) is not None:
        from nshot.retrieval.build_table import remove_from_table

        return remove_from_table(table, ids)
    with lock_for_writing(path):
        old = ExampleIndex(path)
        unwanted = set(ids)
        unknown = sorted(unwanted - {entry.example.id for entry in old.entries})
        if unknown:
            raise PoolError(
                f"not in the index: {', '.join(unknown[:5])} ({len(unknown)} of "
                f"{len(unwanted)} ids); take ids from nshot "
                "retrieve --json"
            )
        rows = [row for row, entry in enumerate(old.entries) if entry.example.id not in unwanted]
        if not rows:
            raise PoolError("this would remove every example; delete the folder instead")
        entries = [old.entries[row] for row in rows]
        stored = _read_vectors(old)
        kept: dict[VectorField, Float32Array] = {name: matrix[rows] for name, matrix in stored.items()}
        vectors = Vectors(kept, old.manifest.encoder, old.manifest.content)
        left = {entry.example.db_id for entry in entries}
        schemas = {db_id: schema for db_id, schema in old.schemas.items() if db_id in left}
        content = make_content(entries, vectors, schemas, old.manifest.bm25, old.manifest.vectors_asked)
        manifest = content.write(path)
        old.close()
        return manifest


def make_entries(
    pool: Sequence[Example],
    catalog: Catalog,
    report: StartStage = start_silently,
    known: Mapping[str, Schema] | None = None,
    *,
    same_db: str = "never",
) -> list[Entry]:
    """One entry per example, in the same order. Schemas in `known` take precedence over the
    catalog's.
    """
    done = report("masking", len(pool))
    maskers: dict[str, tuple[Schema | None, Masker]] = {}
    entries = []
    for example in pool:
        if example.db_id not in maskers:
            schema = (known or {}).get(example.db_id) or catalog.find_schema(example.db_id)
            maskers[example.db_id] = (schema, Masker(schema))
        schema, masker = maskers[example.db_id]
        matches = catalog.values(example.db_id).matches(example.question) if schema is not None else ()
        graded = example if example.difficulty else _grade(example)
        masked = masker.shape(example.question, matches)
        keys = sql_keys(example.sql, schema)
        entries.append(Entry(graded, masked, skeleton(example.sql), keys, same_db))
        done(1)
    return entries


def _grade(example: Example) -> Example:
    return replace(example, difficulty=hardness(example.sql))


def schemas_of(pool: Sequence[Example], catalog: Catalog) -> dict[str, Any]:
    """The schemas of the pool's databases as JSON, by db_id; those that the catalog knows."""
    found = {db_id: catalog.find_schema(db_id) for db_id in sorted({example.db_id for example in pool})}
    return {db_id: schema_to_json(schema) for db_id, schema in found.items() if schema is not None}


def _check_ids(pool: Sequence[Example], new: int | None = None) -> None:
    if not pool or new == 0:
        raise PoolError("the pool has no example that can be used; correct its rows, or give another file")
    check_new_ids([example.id for example in pool], ())


class Vectors(NamedTuple):
    """The vectors of entries, and the encoders that made them."""

    by_field: dict[VectorField, Float32Array]
    """(n, dim) float32 per field; empty without an encoder."""
    encoder: EncoderInfo | None = None
    content: EncoderInfo | None = None


def make_vectors(
    config: IndexConfig,
    encoder: Encoder | None,
    entries: Sequence[Entry],
    stored: Mapping[VectorField, Float32Array],
    report: StartStage,
) -> Vectors:
    """The vectors of all entries; `stored` holds those of the first entries, if any."""
    if config.encoder == "none":
        return Vectors({})
    encoder = encoder or SentenceTransformerEncoder(config.encoder)
    known = len(stored.get("question", ()))
    texts = {name: [encoder_text(name, entry.text(name)) for entry in entries[known:]] for name in FIELDS}
    done = report("encoding", sum(map(len, texts.values())))
    vectors: dict[VectorField, Float32Array] = {}
    for name in FIELDS:
        fresh = encoder.encode(texts[name], done)
        vectors[name] = np.concatenate([stored[name], fresh]) if name in stored else fresh
    info = _info(encoder, vectors["question"])
    second = find_content_encoder(encoder.name)
    if second is None or not any(entry.same_db == "allow" for entry in entries):
        return Vectors(vectors, info)
    vectors["content"] = _encode_content(second, entries, stored.get("content"))
    return Vectors(vectors, info, _info(second, vectors["content"]))


def encode_entries(
    entries: Sequence[Entry], encoder: Encoder | None, content: Encoder | None
) -> dict[VectorField, Float32Array]:
    """(n, dim) float32 vectors of all entries per field; none without an encoder."""
    if encoder is None:
        return {}
    texts = [encoder_text(name, entry.text(name)) for name in FIELDS for entry in entries]
    both = encoder.encode(texts)  # in one batch: for one entry it takes half the time
    vectors: dict[VectorField, Float32Array] = dict(zip(FIELDS, np.split(both, len(FIELDS)), strict=True))
    if content is not None:
        vectors["content"] = content.encode([entry.example.question for entry in entries])
    return vectors


def _encode_content(encoder: Encoder, entries: Sequence[Entry], stored: Float32Array | None) -> Float32Array:
    """(n, dim) float32: of entries that questions of their own database may be shown; 0 for the
    others.
    """
    known = 0 if stored is None else len(stored)
    new = [at for at, entry in enumerate(entries) if at >= known and entry.same_db == "allow"]
    fresh = encoder.encode([entries[at].example.question for at in new])
    vectors = np.zeros((len(entries), fresh.shape[1]), dtype=np.float32)
    if stored is not None:
        vectors[:known] = stored
    vectors[new] = fresh
    return vectors


def _info(encoder: Encoder, vectors: Float32Array) -> EncoderInfo:
    return EncoderInfo(encoder.name, encoder.fingerprint(), vectors.shape[1])


def make_content(
    entries: Sequence[Entry],
    vectors: Vectors,
    schemas: dict[str, Any],
    bm25: BM25Config,
    vector_kind: str = "auto",
) -> Content:
    """The content of an index of these entries."""
    db_ids = [entry.example.db_id for entry in entries]
    policies = {entry.same_db for entry in entries}
    return Content(
        entries=entries,
        tokens={name: [terms(name, entry.text(name)) for entry in entries] for name in FIELDS},
        vectors=vectors.by_field,
        schemas=schemas,
        same_db="mixed" if len(policies) > 1 else entries[0].same_db,
        encoder=vectors.encoder,
        content=vectors.content,
        bm25=bm25,
        vector_kind=vector_kind,
        notes={
            "databases": len(set(db_ids)),
            "without schema": sum(db_id not in schemas for db_id in db_ids),
            **({"own": sum(entry.same_db == "allow" for entry in entries)} if len(policies) > 1 else {}),
        },
    )


def _config_of(manifest: Manifest) -> IndexConfig:
    encoder = manifest.encoder.name if manifest.encoder else "none"
    return IndexConfig("auto", encoder, manifest.vectors_asked, manifest.bm25)


def _read_vectors(index: ExampleIndex) -> dict[VectorField, Float32Array]:
    if index.manifest.encoder is None:
        return {}
    names: tuple[VectorField, ...] = (*FIELDS, *(("content",) if index.content else ()))
    return {name: np.array(index.vectors(name).vectors()) for name in names}


__all__ = ["IndexConfig", "add_examples", "build_index", "make_entries", "remove_examples"]
