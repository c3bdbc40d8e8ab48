"""The `ExampleStore` over a table of LanceDB or Milvus.

The short columns are read when the store is first searched (snapshot.py), the terms when keywords
are first searched. Entries and vectors stay in the engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from nshot.arrays import Float32Array
from nshot.errors import IndexFolderError
from nshot.index.encoder import Encoder, check_same_encoder, require_encoder
from nshot.index.entries import Entry, Hits, RowArray
from nshot.index.example_store import FIELDS, Facets, Field, VectorField
from nshot.index.filter import Filter
from nshot.index.manifest import EncoderInfo, Manifest
from nshot.index.ranking import best
from nshot.index.tables.records import entries_of, number_of, unpack
from nshot.index.tables.snapshot import By, Snapshot
from nshot.index.tables.table import SHORT, ExampleTable, Found, vector_column
from nshot.index.tables.term_counts import TermCounts
from nshot.index.vectors.faiss_vectors import DECIMALS

MARGIN = 16
"""Neighbours fetched beyond k, to see whether a tie at rank k continues."""
FEW = 512
"""If a filter leaves fewer entries than this, their vectors are fetched and all compared."""
CHUNK = 1_000
"""Entries fetched at a time by whoever reads all."""


class TableStore:
    """A table of examples opened for reading. Not thread-safe."""

    def __init__(self, path: Path, manifest: Manifest, table: ExampleTable) -> None:
        """
        Args:
            path: The folder with the manifest.
            manifest: As it was written; `manifest` of the store counts anew.
            table: The table that it names.
        """
        self.path, self.table = path, table
        self._written = manifest
        self._terms: dict[Field, TermCounts] = {}

    def over(self, table: ExampleTable) -> TableStore:
        """The same index, read anew from this table."""
        return TableStore(self.path, self._written, table)

    @property
    def dims(self) -> dict[VectorField, int]:
        """The dimensions of the vector columns."""
        return self.table.dims()

    @cached_property
    def _snapshot(self) -> Snapshot:
        return Snapshot(self.table.scan(SHORT))

    def __len__(self) -> int:
        return len(self._snapshot)

    @property
    def encoder(self) -> EncoderInfo | None:
        """The encoder of its vectors; None for a store without vectors."""
        return self._written.encoder

    @property
    def content(self) -> EncoderInfo | None:
        """The encoder of its content vectors; None if no example has one."""
        return self._written.content if "allow" in self._snapshot.policies() else None

    @property
    def same_db(self) -> str:
        """`never`, `allow` or `mixed`: the policy of the leak rule."""
        policies = self._snapshot.policies()
        return next(iter(policies)) if len(policies) == 1 else "mixed"

    @cached_property
    def schemas(self) -> dict[str, Any]:
        """The schemas of the entries' databases as JSON, by db_id."""
        used = self.facets.db_ids
        found = sorted(self.table.schemas().items())
        return {db_id: json.loads(text) for db_id, text in found if db_id in used}

    @property
    def entries(self) -> Sequence[Entry]:
        """All entries in row order, fetched when they are read."""
        return _Entries(self)

    @property
    def facets(self) -> Facets:
        """All databases, difficulties and tags of its entries."""
        return self._snapshot.facets

    @cached_property
    def manifest(self) -> Manifest:
        """The manifest with what the table holds now."""
        snapshot = self._snapshot
        policies = snapshot.policies()
        bare = snapshot.facets.db_ids - self.schemas.keys()
        return replace(
            self._written,
            count=len(self),
            pool_sha256=self._pool_sha256(),
            same_db=self.same_db,
            content=self.content,
            notes={
                "databases": len(snapshot.facets.db_ids),
                "without schema": sum(db_id in bare for db_id in snapshot.db_ids),
                **({"own": int(snapshot.is_open.sum())} if len(policies) > 1 else {}),
            },
        )

    def _pool_sha256(self) -> str:
        digests = self._snapshot.align(self.table.scan(["digest"]), "digest")
        return hashlib.sha256(np.array(digests, dtype="<i8").tobytes()).hexdigest()

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        """The entries of these rows, in the order given."""
        keys = self._snapshot.keys[list(rows)].tolist()
        texts = self.table.take(keys, "entry") if keys else ()
        return entries_of(texts, [self._snapshot.same_db[row] for row in rows])

    def embeddings(self, field: VectorField, rows: Sequence[int]) -> Float32Array:
        """(len(rows), dim) float32 unit vectors of these rows, in the order given."""
        info = self._written.content if field == "content" else self._encoder_info()
        keys = self._snapshot.keys[list(rows)].tolist()
        if not keys:
            return np.zeros((0, info.dim if info else 0), dtype=np.float32)
        return np.array(self.table.take(keys, vector_column(field)), dtype=np.float32)

    def find(self, by: By, keys: Collection[str]) -> RowArray:
        """The rows of the entries that have one of these keys, ascending."""
        return self._snapshot.find(by, keys)

    def rows(self, only: Filter) -> RowArray:
        """(m,) int64: all rows that pass the filter, in ascending order."""
        return np.flatnonzero(self._snapshot.mask(only)).astype(np.int64)

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        """The k entries with the highest BM25 score that pass the filter."""
        scores = self._counts(field).scores([number_of(term) for term in terms])
        return best(scores, k, self._snapshot.mask(only))

    def _counts(self, field: Field) -> TermCounts:
        if field not in self._terms:
            name = f"{field}_terms"
            terms, lengths = unpack(self._snapshot.align(self.table.scan([name]), name))
            self._terms[field] = TermCounts(self._written.bm25, terms, lengths)
        return self._terms[field]

    def search_vectors(
        self, field: VectorField, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        """For each vector, the k nearest entries that pass its filter.

        The engine checks databases, difficulties and policies; what else a filter excludes is
        dropped here. If too few are left, or a tie may continue, more are fetched; at last all that
        pass are compared.
        """
        self._encoder_info()
        together: dict[Filter, list[int]] = {}
        for place, only in enumerate(filters):
            together.setdefault(only.without_ids(), []).append(place)
        found: dict[int, Hits] = {}
        for shared, places in together.items():
            found.update(self._search_together(field, vectors, k, filters, shared, places))
        return [found[place] for place in range(len(filters))]

    def _search_together(
        self,
        field: VectorField,
        vectors: Float32Array,
        k: int,
        filters: Sequence[Filter],
        shared: Filter,
        places: Sequence[int],
    ) -> dict[int, Hits]:
        """The searches whose filters differ in excluded ids only."""
        allowed = int(self._snapshot.mask(shared).sum())
        depth = k + MARGIN + max(len(filters[place].exclude_ids) for place in places)
        if allowed <= max(FEW, depth) or depth > self.table.most:
            return self._compare_all(field, vectors, k, filters, shared, places)
        found: dict[int, Hits] = {}
        raw = self.table.nearest(field, vectors[list(places)], depth, shared)
        for place, one in zip(places, raw, strict=True):
            hits = self._settle(one, depth, vectors[place], k, filters[place])
            deeper = 8 * depth
            while hits is None and deeper < min(self.table.most, allowed):
                (one,) = self.table.nearest(field, vectors[place : place + 1], deeper, shared)
                hits = self._settle(one, deeper, vectors[place], k, filters[place])
                deeper *= 8
            if hits is None:
                hits = self._compare_all(field, vectors, k, filters, shared, [place])[place]
            found[place] = hits
        return found

    def _settle(self, found: Found, asked: int, vector: Float32Array, k: int, only: Filter) -> Hits | None:
        """The k best of what an engine found; None if better ones, or ties, may be missing."""
        rows = self._snapshot.rows_of(found.keys)
        scores = (found.vectors @ vector).astype(np.float64).round(DECIMALS)
        passes = (rows >= 0) & self._snapshot.mask(only)[rows]
        lowest = scores.min() if len(scores) else np.inf
        rows, scores = rows[passes], scores[passes]
        order = np.lexsort((rows, -scores))[:k]
        is_all = len(found.keys) < asked
        if not is_all and (len(order) < k or scores[order[-1]] <= lowest + 10.0**-DECIMALS):
            return None
        return Hits(rows[order], scores[order])

    def _compare_all(
        self,
        field: VectorField,
        vectors: Float32Array,
        k: int,
        filters: Sequence[Filter],
        shared: Filter,
        places: Sequence[int],
    ) -> dict[int, Hits]:
        """Exact search among all that pass; their vectors are fetched in chunks."""
        rows = np.flatnonzero(self._snapshot.mask(shared))
        scores = np.full((len(places), len(self)), -np.inf)
        for start in range(0, len(rows), 8 * CHUNK):
            some = rows[start : start + 8 * CHUNK]
            stored = self.embeddings(field, some.tolist())
            scores[:, some] = vectors[list(places)] @ stored.T
        return {
            place: best(scores[at], k, self._snapshot.mask(filters[place]), DECIMALS)
            for at, place in enumerate(places)
        }

    def check_encoder(self, encoder: Encoder) -> None:
        """Check that `encoder` is the one that made the vectors of the store.

        Raises:
            IndexFolderError: The store was built without vectors.
            EncoderMismatchError: It is another encoder, or another version of it.
        """
        check_same_encoder(self._encoder_info(), encoder, self.path)

    def _encoder_info(self) -> EncoderInfo:
        return require_encoder(self.encoder, self.path)

    def verify(self) -> None:
        """Read every record, and check that its parts are there.

        Raises:
            IndexFolderError: A part is missing.
        """
        size = len(self)
        found = {"entries": sum(1 for _ in self.entries)}
        found |= {f"{field} terms": len(self._counts(field).scores([])) for field in FIELDS}
        if self.encoder is not None:
            chunks = (range(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK))
            found["vectors"] = sum(len(self.embeddings("masked", some)) for some in chunks)
        wrong = {what: count for what, count in found.items() if count != size}
        if wrong:
            raise IndexFolderError(
                f"the index in {self.path} has {size} examples, but {wrong}; build it again"
            )

    def close(self) -> None:
        """Nothing is held open between two calls."""


class _Entries(Sequence[Entry]):
    """The entries of a store, fetched in chunks."""

    def __init__(self, store: TableStore) -> None:
        self._store = store

    def __len__(self) -> int:
        return len(self._store)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> list[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | list[Entry]:
        rows = range(len(self))[at]
        return self._store.fetch([rows])[0] if isinstance(rows, int) else self._store.fetch(rows)

    def __iter__(self) -> Iterator[Entry]:
        for start in range(0, len(self), CHUNK):
            yield from self._store.fetch(range(start, min(start + CHUNK, len(self))))
