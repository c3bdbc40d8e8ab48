"""Cosines by two encoders at once: that of the index, and one that follows what a question is
about.

The encoder `structural` was tuned to the shape of the SQL: for it "songs of 2004" is near to "clubs
of Lyon". For its base it is near to "which songs came out in 2004". Among a user's own pairs the
mean of both finds the right one more often than either (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nshot.arrays import Float32Array
from nshot.index import Encoder, ExampleStore, Filter, Hits, RowArray, Scores, best

DECIMALS = 6
"""Means equal to that many decimals are a tie, as cosines are."""


class ContentCosines:
    """Questions, encoded by both encoders; the store's vectors are compared with them."""

    def __init__(
        self, store: ExampleStore, encoder: Encoder, content: Encoder | None, questions: Sequence[str]
    ) -> None:
        """
        Args:
            store: Has vectors, and content vectors if `content` is given.
            encoder: The encoder of its vectors.
            content: The encoder of its content vectors.
            questions: Their texts.
        """
        self._store = store
        empty = np.zeros((0, 0), np.float32)
        self._vectors: Float32Array = encoder.encode(questions) if questions else empty
        self._contents = content.encode(questions) if content is not None and questions else None

    def search(self, filters: Sequence[Filter], depth: int) -> list[list[Hits]]:
        """For each question the nearest rows that pass its filter, by each encoder."""
        found = [self._store.search_vectors("question", self._vectors, depth, filters)]
        if self._contents is not None:
            found.append(self._store.search_vectors("content", self._contents, depth, filters))
        return [list(hits) for hits in zip(*found, strict=True)]

    def rank(self, at: int, rows: RowArray, depth: int) -> Hits:
        """The best `depth` of the rows for the question at that place."""
        found = best(self._scores(at, rows), depth, decimals=DECIMALS)
        return Hits(rows[found.rows], found.scores)

    def _scores(self, at: int, rows: RowArray) -> Scores:
        wanted = rows.tolist()
        first: Scores = (self._store.embeddings("question", wanted) @ self._vectors[at]).astype(np.float64)
        if self._contents is None:
            return first
        vectors = self._store.embeddings("content", wanted)
        second = (vectors @ self._contents[at]).astype(np.float64)
        return np.where(vectors.any(axis=1), (first + second) / 2, first)
