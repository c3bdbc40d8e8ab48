"""Measures of the retrieval order, relative to the examples' structural similarity to the gold
SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from nshot.eval.measures.shown import UNDEFINED, ShownExamples
from nshot.eval.measures.structure import similarities


def ndcg(shown: ShownExamples) -> float:
    """Graded nDCG: DCG = sum over ranks i of gain(i) / log2(i + 1), divided by the ideal DCG of the
    pool.

    The gain of an example is its tree similarity to the gold, 0 to 1. The ideal ranking has the k
    highest gains among the allowed examples of the pool, so a perfect order of poor examples scores
    below 1. NaN if sqlglot cannot read the gold, or if no allowed example has any gain. K.
    Järvelin, J. Kekäläinen (2002), https://doi.org/10.1145/582415.582418
    """
    if shown.gold.tree is None:
        return UNDEFINED
    best = _dcg(shown.ideal())
    return _dcg(similarities(shown)) / best if best else UNDEFINED


def tau(shown: ShownExamples) -> float:
    """Kendall's tau-b between the retrieved order of the examples and their order by tree
    similarity.

    tau-b = (concordant - discordant) / sqrt(pairs * pairs not tied in similarity); 1 if the most
    similar example comes first, and so on. NaN with fewer than two examples, if all are equally
    similar, or if sqlglot cannot read the gold. M. G. Kendall (1945),
    https://doi.org/10.1093/biomet/33.3.239
    """
    if shown.gold.tree is None:
        return UNDEFINED
    return tau_b(similarities(shown))


def tau_b(values: Sequence[float]) -> float:
    """Kendall's tau-b of descending ranks 1..n with `values`; NaN if undefined.

    >>> round(tau_b([0.9, 0.5, 0.7]), 6)
    0.333333
    """
    levels = sorted(set(values))
    return _tau_b_of_levels(tuple(levels.index(value) for value in values))


@lru_cache(maxsize=4096)  # a few shots have few distinct orders, and a call of scipy takes a millisecond
def _tau_b_of_levels(levels: tuple[int, ...]) -> float:
    if len(set(levels)) < 2:
        return UNDEFINED
    from scipy.stats import kendalltau

    return float(kendalltau(range(len(levels), 0, -1), levels).statistic)


def _dcg(gains: Sequence[float] | np.ndarray) -> float:
    column = np.asarray(gains, dtype=np.float64)
    return float((column / np.log2(np.arange(2, len(column) + 2))).sum())
