"""Nearest-neighbour search by inner product with FAISS: exact up to a limit, HNSW beyond it."""

from __future__ import annotations

from typing import Any

import numpy as np

from nshot.arrays import BoolArray, Float32Array
from nshot.errors import IndexDamagedError, UnknownNameError
from nshot.index.entries import Hits
from nshot.index.ranking import best

EXACT_LIMIT = 200_000
"""Number of rows up to which `auto` searches exactly. At this size, one exact search in 384
dimensions takes about as long as encoding the question
(benchmarks/retrieval/vectors.py), so approximate search would gain nothing."""
LINKS = 32
"""HNSW: neighbours per node (Malkov and Yashunin 2016, https://arxiv.org/abs/1603.09320)."""
BUILD_BREADTH = 200
SEARCH_BREADTH = 128
DECIMALS = 6
"""Cosines equal to this many decimals are a tie. The same text encoded in two batches differs only
below.
"""
MARGIN = 16
"""Neighbours fetched from the graph beyond k, to see whether a tie at rank k continues."""
BLOCK = 1 << 24
"""Scores that exact search computes at a time. Bounds its memory: 64 MB as float32, 128 MB as
float64.
"""
KINDS = ("auto", "flat", "hnsw")


class VectorIndex:
    """Unit vectors in FAISS; row i is vector i."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: Float32Array, kind: str = "auto") -> VectorIndex:
        """Index unit vectors.

        Args:
            vectors: (n, dim) float32, each of length 1.
            kind: `flat` (exact), `hnsw`, or `auto`: flat up to EXACT_LIMIT rows.

        Raises:
            UnknownNameError: `kind` is none of KINDS.
        """
        import faiss

        if kind not in KINDS:
            raise UnknownNameError("vector index", kind, KINDS)
        n, dim = vectors.shape
        if kind == "flat" or (kind == "auto" and n <= EXACT_LIMIT):
            index = faiss.IndexFlatIP(dim)
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
            return cls(index)
        index = faiss.IndexHNSWFlat(dim, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = BUILD_BREADTH
        with _one_thread():  # the graph depends on the insertion order, which threads would vary
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes) -> VectorIndex:
        """Load the index that `to_bytes` serialised.

        Raises:
            IndexDamagedError: FAISS cannot read it.
        """
        import faiss

        try:
            return cls(faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8)))
        except RuntimeError as error:
            raise IndexDamagedError("FAISS cannot read the vectors; rebuild the index") from error

    def to_bytes(self) -> bytes:
        """The index in FAISS's own format."""
        import faiss

        return bytes(faiss.serialize_index(self._index).tobytes())

    @property
    def kind(self) -> str:
        """The kind of search: `flat` or `hnsw`."""
        return "hnsw" if hasattr(self._index, "hnsw") else "flat"

    def vectors(self) -> Float32Array:
        """All vectors, (n, dim) float32: a view of FAISS's memory, not a copy."""
        import faiss

        flat = faiss.downcast_index(self._index.storage) if self.kind == "hnsw" else self._index
        view = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d)
        return np.asarray(view, dtype=np.float32).reshape(flat.ntotal, flat.d)

    def search(self, queries: Float32Array, k: int, allowed: BoolArray | None = None) -> list[Hits]:
        """The k nearest rows of each query; fewer if fewer are allowed.

        Args:
            queries: (m, dim) float32 unit vectors.
            k: Rows to return for each query, at least 1.
            allowed: (n,) bool, one mask for all queries; None allows every row.

        Returns:
            m rankings by inner product, which is the cosine of unit vectors; ties by the lower row.
        """
        if self.kind == "flat":
            return self._exact(queries, k, allowed)
        reachable = self._index.ntotal if allowed is None else int(allowed.sum())
        k = min(k, reachable)
        if k == 0 or not len(queries):
            return [Hits(np.empty(0, np.int64), np.empty(0)) for _ in queries]
        # HNSW is approximate: wherever _settle cannot vouch for the first k, exact search answers.
        scores, rows = self._walk(queries, min(k + MARGIN, reachable), allowed)
        return [
            _settle(rows[place], scores[place], k, reachable) or self._exact(query[None], k, allowed)[0]
            for place, query in enumerate(queries)
        ]

    def _exact(self, queries: Float32Array, k: int, allowed: BoolArray | None) -> list[Hits]:
        """Exact search by a matrix product over FAISS's own memory (docs/decisions/0004)."""
        vectors = self.vectors()
        step = max(1, BLOCK // len(vectors))
        return [
            best(scores, k, allowed, DECIMALS)
            for start in range(0, len(queries), step)
            # (step, dim) @ (dim, n) -> (step, n) cosines
            for scores in (queries[start : start + step] @ vectors.T).astype(np.float64)
        ]

    def _walk(self, queries: Float32Array, k: int, allowed: BoolArray | None) -> Any:
        """Approximate search in the HNSW graph: (m, k) scores and rows, -1 where it found fewer."""
        import faiss

        parameters: Any = faiss.SearchParametersHNSW(efSearch=max(SEARCH_BREADTH, 2 * k))
        if allowed is not None:
            # FAISS reads the (n,) mask as a bitmap, lowest bit first.
            parameters.sel = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        return self._index.search(np.ascontiguousarray(queries, dtype=np.float32), k, params=parameters)


def _settle(rows: Any, scores: Any, k: int, reachable: int) -> Hits | None:
    """The k best of one query's graph hits, or None if exact search must decide.

    That is the case if the graph found fewer than k rows, or if the last hit ties with the k-th, so
    that more rows of the same score may exist.
    """
    found = int((rows >= 0).sum())
    rounded = scores[:found].astype(np.float64).round(DECIMALS)
    if found < k or (found < reachable and rounded[k - 1] == rounded[-1]):
        return None
    # lexsort's last key is the first criterion: score descending, then row ascending
    order = np.lexsort((rows[:found], -rounded))[:k]
    return Hits(rows[order].astype(np.int64), rounded[order])


class _one_thread:  # noqa: N801
    """Context manager that runs FAISS with a single thread."""

    def __enter__(self) -> None:
        import faiss

        self._before = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        import faiss

        faiss.omp_set_num_threads(self._before)
