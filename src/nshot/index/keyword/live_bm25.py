"""BM25 over documents of which some come and go: counts are kept, and scores computed when they are
asked for.

The scores are those of the other engines over the same documents. Those keep finished scores, each
of which depends on all documents, and so would have to be built again for every document that comes
or goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from nshot.arrays import IntArray
from nshot.index.entries import Scores
from nshot.index.keyword.bm25 import BM25Config, Tokens, weigh_term


class Document(NamedTuple):
    """The terms of a document as numbers of the vocabulary."""

    terms: IntArray
    """(t,) int64, each term once."""
    counts: IntArray
    """(t,) int64: how often each occurs."""
    length: int
    """Tokens of the document."""


class Postings(NamedTuple):
    """Where each term occurs: the documents of term i are at `starts[i]` to `starts[i + 1]`."""

    starts: IntArray
    documents: IntArray
    """Numbers of documents, ascending for each term."""
    counts: IntArray
    lengths: IntArray
    """(documents,) int64"""

    def of(self, term: int) -> tuple[IntArray, IntArray]:
        """The documents that hold a term, and how often."""
        if term + 1 >= len(self.starts):
            return self.documents[:0], self.counts[:0]
        span = slice(self.starts[term], self.starts[term + 1])
        return self.documents[span], self.counts[span]


class LiveBM25:
    """Documents that stay, and after them documents that may be replaced at any time."""

    def __init__(self, config: BM25Config, lasting: Iterable[Tokens] = ()) -> None:
        """
        Args:
            config: Variant and parameters; the engine does not matter.
            lasting: The documents that stay.
        """
        self._config = config
        self._vocabulary: dict[str, int] = {}
        self._lasting = self._index([self.read(tokens) for tokens in lasting])
        self._live = self._index([])

    def read(self, tokens: Tokens) -> Document:
        """A document as `put` takes it; it may be put again and again."""
        found = Counter(list(tokens) or [""])
        terms = [self._vocabulary.setdefault(token, len(self._vocabulary)) for token in found]
        return Document(
            np.array(terms, dtype=np.int64), np.array(list(found.values()), dtype=np.int64), found.total()
        )

    def put(self, documents: Sequence[Document]) -> None:
        """Replace the documents that may change."""
        self._live = self._index(documents)

    def scores(self, tokens: Tokens) -> Scores:
        """The BM25 score of every document, those that stay first; as `BM25.scores` of a fresh
        build.
        """
        first, behind = self._lasting, self._live
        size = len(first.lengths) + len(behind.lengths)
        total = np.zeros(size)
        if not size:
            return total
        lengths = np.concatenate([first.lengths, behind.lengths])
        config = self._config
        norm = config.k1 * (1 - config.b + config.b * lengths / lengths.mean())
        for token in tokens:
            term = self._vocabulary.get(token)
            if term is None:
                continue
            rows, counts = first.of(term)
            more_rows, more_counts = behind.of(term)
            rows = np.concatenate([rows, more_rows + len(first.lengths)])
            counts = np.concatenate([counts, more_counts])
            if len(rows):
                total[rows] += (
                    weigh_term(config.variant, config.k1, size, len(rows)) * counts / (counts + norm[rows])
                )
        return total

    def _index(self, documents: Sequence[Document]) -> Postings:
        lengths = np.array([document.length for document in documents], dtype=np.int64)
        if not documents:
            empty = np.zeros(0, dtype=np.int64)
            return Postings(np.zeros(1, dtype=np.int64), empty, empty, lengths)
        terms = np.concatenate([document.terms for document in documents])
        counts = np.concatenate([document.counts for document in documents])
        numbers = np.repeat(np.arange(len(documents)), [len(document.terms) for document in documents])
        order = np.argsort(terms, kind="stable")
        starts = np.searchsorted(terms[order], np.arange(len(self._vocabulary) + 1))
        return Postings(starts, numbers[order], counts[order], lengths)
