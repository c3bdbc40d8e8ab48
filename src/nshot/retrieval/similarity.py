"""How alike the pool's SQL skeletons are to one skeleton."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from nshot.errors import SqlParseError
from nshot.index.entries import FloatArray, Scores
from nshot.sql import parse, skeleton


class SkeletonTable:
    """The skeletons of a pool as counts of tokens; bind once, compare many."""

    def __init__(self, skeletons: Sequence[str]) -> None:
        """
        Args:
            skeletons: One a row, at least one; what several rows share is compared once.
        """
        places: dict[str, int] = {}
        self._place = np.array([places.setdefault(text, len(places)) for text in skeletons], dtype=np.int64)
        self._vocabulary: dict[str, int] = {}
        for text in places:
            for token in text.split():
                self._vocabulary.setdefault(token, len(self._vocabulary))
        self._counts = (
            np.stack([self._row(text) for text in places]) if places else np.zeros((0, 1), np.float32)
        )
        self._sizes = self._counts.sum(axis=1)

    def similarity(self, text: str) -> Scores:
        """(n,) float64: Jaccard similarity of the token multisets, 1 for the same tokens; 0 for no skeleton.

        DAIL-SQL (https://arxiv.org/abs/2308.15363) compares sets. How often a token occurs tells one JOIN
        from two: match@3 of `skeleton` on held-out train databases .54 instead of .49 (docs/LOG.md).

        >>> SkeletonTable(["select _ from _", "select _ , _ from _"]).similarity("select _ from _").round(2)
        array([1.  , 0.67])
        """
        wanted = self._row(text)
        common = np.minimum(self._counts, wanted).sum(axis=1)
        union = self._sizes + len(text.split()) - common
        found = common / np.maximum(union, 1)
        return np.asarray(found, dtype=np.float64)[self._place]

    def _row(self, text: str) -> FloatArray:
        counts = np.zeros(len(self._vocabulary), dtype=np.float32)
        for token, count in Counter(text.split()).items():
            if token in self._vocabulary:
                counts[self._vocabulary[token]] = count
        return counts


@lru_cache(maxsize=8192)
def usable_skeleton(sql: str) -> str:
    """The skeleton of a first-pass SQL; empty where the text is no query that can be parsed.

    >>> usable_skeleton("SELECT name FROM singer")
    'select _ from _'
    >>> usable_skeleton("I do not know")
    ''
    """
    from sqlglot import exp

    try:
        tree = parse(sql)
    except SqlParseError:
        return ""
    return skeleton(sql) if isinstance(tree, exp.Query) and tree.selects else ""
