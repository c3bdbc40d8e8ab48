"""A store whose last entries come and go: a base that stays, and live entries after it, in memory.

Searches give the results of one index over the base and the live entries. The base is not written
to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nshot.arrays import Float32Array
from nshot.errors import EncoderMismatchError, IndexFolderError
from nshot.index.encoder import Encoder
from nshot.index.entries import Entry, Hits, RowArray
from nshot.index.example_store import FIELDS, ExampleStore, Facets, Field, VectorField
from nshot.index.filter import EVERYTHING, Filter
from nshot.index.filter_masks import FilterMasks
from nshot.index.keyword.bm25 import BM25Config
from nshot.index.keyword.live_bm25 import Document, LiveBM25
from nshot.index.manifest import EncoderInfo
from nshot.index.ranking import best
from nshot.index.vectors.faiss_vectors import DECIMALS

Terms = Callable[[Field, str], Sequence[str]]


@dataclass(frozen=True)
class LiveEntry:
    """An entry with all that is searched of it."""

    entry: Entry
    documents: Mapping[Field, Document]
    """Made by `LiveStore.read`."""
    vectors: Mapping[VectorField, Float32Array]
    """(dim,) float32 each; empty without vectors."""


class LiveStore:
    """The `ExampleStore` over a base and live entries. Not thread-safe."""

    def __init__(
        self,
        base: ExampleStore | None,
        terms: Terms,
        *,
        encoder: EncoderInfo | None,
        content: EncoderInfo | None = None,
        bm25: BM25Config | None = None,
    ) -> None:
        """
        Args:
            base: The entries that stay; None for none.
            terms: The terms of a text of a field, as those of the base were made.
            encoder: The encoder of the vectors: that of the base, if there is one.
            content: The encoder of content vectors.
            bm25: Parameters of keyword search, those of the base.
        """
        self._base = base
        self.encoder, self.content = encoder, content
        self._bm25_config, self._terms = bm25 or BM25Config(), terms
        self._base_rows = np.zeros(0, dtype=np.int64) if base is None else base.rows(EVERYTHING)
        self._start = int(self._base_rows[-1]) + 1 if len(self._base_rows) else 0
        self._live: Sequence[LiveEntry] = ()
        self._schemas: Mapping[str, Any] = {}
        self._hidden: frozenset[str] = frozenset()
        self._bm25: dict[Field, LiveBM25] = {}
        self._make()

    def read(self, entry: Entry) -> dict[Field, Document]:
        """The terms of an entry, for `LiveEntry.documents`."""
        return {name: self._keyword(name).read(self._terms(name, entry.text(name))) for name in FIELDS}

    def put(
        self, live: Sequence[LiveEntry], schemas: Mapping[str, Any], hidden: Collection[str] = ()
    ) -> None:
        """Replace the live entries.

        Args:
            live: Their order decides ties.
            schemas: Of their databases; those of the base stay as they are.
            hidden: Ids of entries of the base that no search finds.
        """
        self._live, self._schemas, self._hidden = live, schemas, frozenset(hidden)
        for name, keyword in self._bm25.items():
            keyword.put([one.documents[name] for one in live])
        self._make()

    def _make(self) -> None:
        live = self._live
        self._rows = np.concatenate([self._base_rows, self._start + np.arange(len(live))])
        before = () if self._base is None else self._base.entries
        self._masks = FilterMasks([one.entry for one in live], before)
        names = live[0].vectors if live else ()
        self._vectors = {name: np.stack([one.vectors[name] for one in live]) for name in names}
        self.__dict__.pop("entries", None)
        self.__dict__.pop("facets", None)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def same_db(self) -> str:
        """`never` or `allow` if all entries have that policy, else `mixed`."""
        found = {one.entry.same_db for one in self._live}
        if self._base is not None and len(self._base):
            found.add(self._base.same_db)
        return found.pop() if len(found) == 1 else "mixed"

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The schemas of the entries' databases as JSON, by db_id."""
        return {**self._schemas, **(self._base.schemas if self._base is not None else {})}

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """All entries in the order of rows."""
        return [*(self._base.entries if self._base is not None else ()), *(one.entry for one in self._live)]

    @cached_property
    def facets(self) -> Facets:
        """All databases, difficulties and tags of its entries."""
        examples = [one.entry.example for one in self._live]
        base = self._base.facets if self._base is not None else Facets(*[frozenset()] * 3)
        return Facets(
            base.db_ids | {example.db_id for example in examples},
            base.difficulties | {example.difficulty for example in examples},
            base.tags | {tag for example in examples for tag in example.tags},
        )

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        """The entries of these rows, in the order given."""
        stay = [row for row in rows if row < self._start]
        found = iter(self._base.fetch(stay)) if self._base is not None and stay else iter(())
        return [next(found) if row < self._start else self._live[row - self._start].entry for row in rows]

    def embeddings(self, field: VectorField, rows: Sequence[int]) -> Float32Array:
        """(len(rows), dim) float32 unit vectors of these rows; of length 0 if an entry has none."""
        info = self.content if field == "content" else self.encoder
        made = np.zeros((len(rows), info.dim if info else 0), dtype=np.float32)
        for at, row in enumerate(rows):
            if row >= self._start:
                made[at] = self._vectors[field][row - self._start]
        stay = [at for at, row in enumerate(rows) if row < self._start]
        if stay and self._base is not None and self._base_has(field):
            made[stay] = self._base.embeddings(field, [rows[at] for at in stay])
        return made

    def rows(self, only: Filter) -> RowArray:
        """(m,) int64: all rows that pass the filter, in ascending order."""
        stay = self._base.rows(self._narrow(only)) if self._base is not None else self._base_rows
        return np.concatenate([stay, self._start + np.flatnonzero(self._masks.mask(only))])

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        """The k entries with the highest BM25 score that pass the filter."""
        if not self._live and self._base is not None:
            return self._base.search_terms(field, terms, k, self._narrow(only))
        allowed = np.isin(self._rows, self.rows(only), assume_unique=True)
        found = best(self._keyword(field).scores(terms), k, allowed)
        return Hits(self._rows[found.rows], found.scores)

    def search_vectors(
        self, field: VectorField, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        """For each vector, the k nearest entries that pass its filter."""
        if self._base is not None and self._base_has(field):
            stay = self._base.search_vectors(field, vectors, k, [self._narrow(only) for only in filters])
        else:
            stay = [Hits(self._base_rows[:0], np.zeros(0))] * len(vectors)
        if not self._live:
            return stay
        return [
            _merge(hits, self._nearest(field, vector, k, only), k)
            for hits, vector, only in zip(stay, vectors, filters, strict=True)
        ]

    def _narrow(self, only: Filter) -> Filter:
        """The filter of the base's entries."""
        return replace(only, exclude_ids=only.exclude_ids | self._hidden) if self._hidden else only

    def _nearest(self, field: VectorField, vector: Float32Array, k: int, only: Filter) -> Hits:
        scores = (self._vectors[field] @ vector).astype(np.float64)
        found = best(scores, k, self._masks.mask(only), DECIMALS)
        return Hits(found.rows + self._start, found.scores)

    def check_encoder(self, encoder: Encoder) -> None:
        """Check that `encoder` is that of its vectors; errors as those of `ExampleStore`."""
        if self._base is not None and self.encoder is not None:
            self._base.check_encoder(encoder)
        elif self.encoder is None:
            raise IndexFolderError("the pairs have no vectors; use a keyword strategy")
        elif self.encoder.fingerprint != encoder.fingerprint():
            raise EncoderMismatchError(
                f"the vectors of the pairs come from the encoder {self.encoder.name!r}, got "
                f"{encoder.name!r}; use that one"
            )

    def _base_has(self, field: VectorField) -> bool:
        return field != "content" or (self._base is not None and self._base.content is not None)

    def _keyword(self, field: Field) -> LiveBM25:
        """Keyword search over a field; the base's terms are counted when they are first needed."""
        if field not in self._bm25:
            stay = self._base.entries if self._base is not None else ()
            documents = (self._terms(field, entry.text(field)) for entry in stay)
            self._bm25[field] = LiveBM25(self._bm25_config, documents)
        return self._bm25[field]


def _merge(left: Hits, right: Hits, k: int) -> Hits:
    """The k best of two rankings; ties by the lower row."""
    rows, scores = np.concatenate([left.rows, right.rows]), np.concatenate([left.scores, right.scores])
    order = np.lexsort((rows, -scores))[:k]
    return Hits(rows[order], scores[order])
