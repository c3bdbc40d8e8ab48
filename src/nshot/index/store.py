"""An index of examples: entries, BM25 and vectors over two texts of each example, loaded on
demand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nshot import __version__
from nshot.arrays import BoolArray, Float32Array
from nshot.errors import IndexFolderError
from nshot.index.encoder import Encoder, check_same_encoder, require_encoder
from nshot.index.entries import Entry, Hits, RowArray, read_entries, write_entries
from nshot.index.example_store import FIELDS, Facets, Field, VectorField
from nshot.index.filter import Filter
from nshot.index.filter_masks import FilterMasks
from nshot.index.folder import IndexFolder, replace
from nshot.index.keyword.bm25 import BM25, ENGINES, BM25Config
from nshot.index.manifest import EncoderInfo, FileInfo, Manifest
from nshot.index.ranking import best
from nshot.index.vectors.faiss_vectors import VectorIndex
from nshot.types import Example

ENTRIES, SCHEMAS = "examples.jsonl", "schemas.json"


@dataclass(frozen=True)
class Content:
    """The content of an index; `write` puts it on disk."""

    entries: Sequence[Entry]
    tokens: Mapping[Field, Sequence[Sequence[str]]]
    """For each field, the tokens of every entry."""
    vectors: Mapping[VectorField, Float32Array]
    """For each field, (n, dim) float32; empty for an index without vectors. An entry without a
    content vector has one of length 0."""
    schemas: Mapping[str, Any]
    """The schema of each database as JSON; stored unchanged."""
    same_db: str
    encoder: EncoderInfo | None
    content: EncoderInfo | None = None
    """The encoder of the content vectors; None if there are none."""
    bm25: BM25Config = field(default_factory=BM25Config)
    vector_kind: str = "auto"
    notes: Mapping[str, int] = field(default_factory=dict)

    def write(self, path: Path) -> Manifest:
        """Replace the index in `path` atomically; call it inside `folder.writing`."""
        files = {
            ENTRIES: "\n".join(write_entries(self.entries)).encode(),
            SCHEMAS: json.dumps(self.schemas, ensure_ascii=False).encode(),
        }
        engine = ENGINES[self.bm25.engine]
        for name, tokens in self.tokens.items():
            files[_bm25_file(name)] = engine.build(tokens, self.bm25).to_bytes()
        kind = "none"
        for field_, vectors in self.vectors.items():
            index = VectorIndex.build(vectors, self.vector_kind)
            kind = index.kind
            files[_vector_file(field_)] = index.to_bytes()

        def manifest(data: str, infos: dict[str, FileInfo]) -> Manifest:
            return Manifest(
                nshot=__version__,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                data=data,
                count=len(self.entries),
                pool_sha256=pool_hash([entry.example for entry in self.entries]),
                same_db=self.same_db,
                encoder=self.encoder,
                content=self.content,
                bm25=self.bm25,
                vectors=kind,
                vectors_asked=self.vector_kind,
                files=infos,
                notes=dict(self.notes),
            )

        return replace(path, files, manifest)


class ExampleIndex:
    """An index folder opened for reading: the `ExampleStore` with FAISS and BM25.

    Each part is loaded, and its checksum verified, when it is first used.
    """

    def __init__(self, path: Path) -> None:
        self._folder = IndexFolder(path)
        self.path = path
        self.manifest = self._folder.manifest
        self._bm25: dict[Field, BM25] = {}
        self._vectors: dict[VectorField, VectorIndex] = {}

    def __len__(self) -> int:
        return self.manifest.count

    @cached_property
    def entries(self) -> list[Entry]:
        """All entries in row order."""
        return read_entries(self._folder.read(ENTRIES).decode().split("\n"), self.same_db)

    @property
    def encoder(self) -> EncoderInfo | None:
        """The encoder of its vectors; None for an index without vectors."""
        return self.manifest.encoder

    @property
    def content(self) -> EncoderInfo | None:
        """The encoder of its content vectors; None for an index without them."""
        return self.manifest.content

    @property
    def same_db(self) -> str:
        """`never`, `allow` or `mixed`: the policy of the leak rule."""
        return self.manifest.same_db

    @cached_property
    def facets(self) -> Facets:
        """All databases, difficulties and tags of its entries."""
        examples = [entry.example for entry in self.entries]
        return Facets(
            frozenset(example.db_id for example in examples),
            frozenset(example.difficulty for example in examples),
            frozenset(tag for example in examples for tag in example.tags),
        )

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        """The entries of these rows, in the order given."""
        return [self.entries[row] for row in rows]

    def embeddings(self, field: VectorField, rows: Sequence[int]) -> Float32Array:
        """(len(rows), dim) float32 unit vectors of these rows."""
        return self.vectors(field).vectors()[list(rows)]

    def rows(self, only: Filter) -> RowArray:
        """(m,) int64: all rows that pass the filter, in ascending order."""
        return np.flatnonzero(self._mask(only)).astype(np.int64, copy=False)

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        """The k entries with the highest BM25 score that pass the filter."""
        return best(self.bm25(field).scores(terms), k, self._mask(only))

    def search_vectors(
        self, field: VectorField, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        """For each vector, the k nearest entries that pass its filter.

        Vectors whose filters differ only in the excluded ids share one search. It fetches as many
        extra hits as ids are excluded; the excluded ones are then dropped.
        """
        together: dict[Filter, list[int]] = {}
        for place, only in enumerate(filters):
            together.setdefault(only.without_ids(), []).append(place)
        found: dict[int, Hits] = {}
        for shared, places in together.items():
            extra = max(len(filters[place].exclude_ids) for place in places)
            hits = self.vectors(field).search(vectors[places], k + extra, self._mask(shared))
            found.update(zip(places, hits, strict=True))
        return [self._leave_out(found[place], only, k) for place, only in enumerate(filters)]

    def _leave_out(self, hits: Hits, only: Filter, k: int) -> Hits:
        """The first k hits whose ids are not excluded."""
        if not only.exclude_ids:
            return Hits(hits.rows[:k], hits.scores[:k])
        ids = [entry.example.id for entry in self.fetch(hits.rows.tolist())]
        keep = [place for place, one in enumerate(ids) if one not in only.exclude_ids][:k]
        return Hits(hits.rows[keep], hits.scores[keep])

    def _mask(self, only: Filter) -> BoolArray:
        return self._masks.mask(only)

    @cached_property
    def _masks(self) -> FilterMasks:
        return FilterMasks(self.entries)

    @cached_property
    def schemas(self) -> dict[str, Any]:
        """The schemas of the pool's databases as JSON, by db_id."""
        schemas: dict[str, Any] = json.loads(self._folder.read(SCHEMAS))
        return schemas

    def bm25(self, field: Field) -> BM25:
        """BM25 over the questions or the masked questions."""
        if field not in self._bm25:
            engine = ENGINES[self.manifest.bm25.engine]
            self._bm25[field] = engine.from_bytes(self._folder.read(_bm25_file(field)))
        return self._bm25[field]

    def vectors(self, field: VectorField) -> VectorIndex:
        """Vectors of the questions or the masked questions.

        Raises:
            IndexFolderError: The index was built without vectors.
        """
        self._encoder_info()
        if field not in self._vectors:
            self._vectors[field] = VectorIndex.from_bytes(self._folder.read(_vector_file(field)))
        return self._vectors[field]

    def check_encoder(self, encoder: Encoder) -> None:
        """Check that `encoder` is the one that made the vectors of the index.

        Raises:
            IndexFolderError: The index was built without vectors.
            EncoderMismatchError: It is another encoder, or another version of it.
        """
        check_same_encoder(self._encoder_info(), encoder, self.path)

    def _encoder_info(self) -> EncoderInfo:
        return require_encoder(self.manifest.encoder, self.path)

    def verify(self) -> None:
        """Verify the checksum of every file, and that the parts belong together.

        Raises:
            IndexDamagedError: A file is missing or does not match its checksum.
            IndexFolderError: The parts differ in their number of examples, or from the manifest.
        """
        self._folder.verify()
        counts = {"examples": len(self.entries)}
        if self.manifest.encoder is not None:
            names: tuple[VectorField, ...] = (*FIELDS, *(("content",) if self.content else ()))
            counts |= {f"{name} vectors": len(self.vectors(name).vectors()) for name in names}
        counts |= {f"{name} BM25": len(self.bm25(name).scores([])) for name in FIELDS}
        wrong = {what: count for what, count in counts.items() if count != self.manifest.count}
        if wrong or pool_hash([entry.example for entry in self.entries]) != self.manifest.pool_sha256:
            raise IndexFolderError(
                f"the index in {self.path} does not fit its manifest (count {self.manifest.count}, {wrong}); "
                "rebuild the index"
            )

    def close(self) -> None:
        """Close the files of the index."""
        self._folder.close()


def pool_hash(examples: Sequence[Example]) -> str:
    """SHA-256 over id, db_id, question, SQL, difficulty, tags and a dialect of the examples, in
    order.
    """
    digest = hashlib.sha256()
    for example in examples:
        record = [example.id, example.db_id, example.question, example.sql, example.difficulty, *example.tags]
        dialect = [{"dialect": example.dialect}] if example.dialect else []
        digest.update(json.dumps([*record, *dialect]).encode())
    return digest.hexdigest()


def _bm25_file(field: Field) -> str:
    return f"{field}.bm25"


def _vector_file(field: VectorField) -> str:
    return f"{field}.faiss"
