"""BM25 over the term numbers of a table: scores are computed when they are asked for, from counts
over all records, by the formulas of keyword/bm25.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nshot.arrays import IntArray
from nshot.index.entries import Scores
from nshot.index.keyword.bm25 import BM25Config, weigh_term


class TermCounts:
    """Which records hold a term, and how often."""

    def __init__(self, config: BM25Config, terms: IntArray, lengths: IntArray) -> None:
        """
        Args:
            config: Variant and parameters; the engine does not matter.
            terms: (t,) int64: the terms of all records, one record after the other.
            lengths: (n,) int64: the number of terms of each record.
        """
        self._config, self._size = config, len(lengths)
        records = np.repeat(np.arange(self._size), lengths)
        order = np.lexsort((records, terms))
        terms, records = terms[order], records[order]
        is_new = np.ones(len(terms), dtype=np.bool_)
        is_new[1:] = (terms[1:] != terms[:-1]) | (records[1:] != records[:-1])
        starts = np.flatnonzero(is_new)
        self._counts = np.diff(np.append(starts, len(terms)))
        self._records = records[starts]
        self._vocabulary, first = np.unique(terms[starts], return_index=True)
        self._spans = np.append(first, len(starts))
        mean = lengths.mean() if self._size else 1.0
        self._norm = config.k1 * (1 - config.b + config.b * lengths / mean)

    def scores(self, terms: Sequence[int]) -> Scores:
        """(n,) float64; as `BM25.scores`."""
        config, size, total = self._config, self._size, np.zeros(self._size)
        for term in terms:
            place = int(np.searchsorted(self._vocabulary, term))
            if place == len(self._vocabulary) or self._vocabulary[place] != term:
                continue
            span = slice(self._spans[place], self._spans[place + 1])
            rows, counts = self._records[span], self._counts[span]
            total[rows] += (
                weigh_term(config.variant, config.k1, size, len(rows)) * counts / (counts + self._norm[rows])
            )
        return total
