"""A store without any index: every search looks at every entry. The oracle of the contract."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nshot.arrays import Float32Array
from nshot.errors import EncoderMismatchError, IndexFolderError
from nshot.index.encoder import Encoder
from nshot.index.entries import Entry, Hits, RowArray
from nshot.index.example_store import Facets, Field, VectorField
from nshot.index.filter import Filter
from nshot.index.manifest import EncoderInfo
from nshot.index.store import Content


class BruteForceStore:
    """Rows have gaps, as a database's may: entry i has row 7 i + 3."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._entries = {7 * place + 3: entry for place, entry in enumerate(content.entries)}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def encoder(self) -> EncoderInfo | None:
        return self._content.encoder

    @property
    def content(self) -> EncoderInfo | None:
        return self._content.content

    @property
    def same_db(self) -> str:
        return self._content.same_db

    @property
    def schemas(self) -> Mapping[str, Any]:
        return self._content.schemas

    @property
    def entries(self) -> Sequence[Entry]:
        return list(self._entries.values())

    @property
    def facets(self) -> Facets:
        examples = [entry.example for entry in self.entries]
        return Facets(
            frozenset(example.db_id for example in examples),
            frozenset(example.difficulty for example in examples),
            frozenset(tag for example in examples for tag in example.tags),
        )

    def fetch(self, rows: Sequence[int]) -> list[Entry]:
        return [self._entries[row] for row in rows]

    def embeddings(self, field: VectorField, rows: Sequence[int]) -> Float32Array:
        return np.stack([self._content.vectors[field][row // 7] for row in rows])

    def check_encoder(self, encoder: Encoder) -> None:
        if self.encoder is None:
            raise IndexFolderError("no vectors")
        if self.encoder.fingerprint != encoder.fingerprint():
            raise EncoderMismatchError("another encoder")

    def rows(self, only: Filter) -> RowArray:
        return np.array(list(self._passing(only)), dtype=np.int64)

    def search_vectors(
        self, field: VectorField, vectors: Float32Array, k: int, filters: Sequence[Filter]
    ) -> list[Hits]:
        stored = self._content.vectors[field]
        found = []
        for vector, only in zip(vectors, filters, strict=True):
            cosines = stored @ vector
            found.append(self._best({row: float(cosines[row // 7]) for row in self._entries}, k, only, 6))
        return found

    def search_terms(self, field: Field, terms: Sequence[str], k: int, only: Filter) -> Hits:
        documents = [Counter(list(tokens) or [""]) for tokens in self._content.tokens[field]]
        having = Counter(term for document in documents for term in document)
        mean = sum(document.total() for document in documents) / len(documents)

        def score(document: Counter[str]) -> float:
            """BM25 of the variant `lucene` by its formula, k1 1.5 and b 0.75."""
            length = 1.5 * (1 - 0.75 + 0.75 * document.total() / mean)
            return sum(
                math.log1p((len(documents) - having[term] + 0.5) / (having[term] + 0.5))
                * document[term]
                / (document[term] + length)
                for term in terms
            )

        return self._best({row: score(documents[row // 7]) for row in self._entries}, k, only, 9)

    def _best(self, scores: Mapping[int, float], k: int, only: Filter, decimals: int) -> Hits:
        scored = [(-round(scores[row], decimals), row) for row in self._passing(only)]
        first = sorted(scored)[:k]
        return Hits(np.array([row for _, row in first], dtype=np.int64), np.array([-s for s, _ in first]))

    def _passing(self, only: Filter) -> Iterator[int]:
        seen = set()
        for row, (example, *_, same_db) in self._entries.items():
            own = (example.db_id, example.question, example.sql)
            if only.passes(example, same_db) and (only.repeats or own not in seen):
                yield row
            seen.add(own)
