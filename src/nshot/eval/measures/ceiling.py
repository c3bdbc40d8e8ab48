"""Ceilings: the value that the best possible choice of k examples from the allowed pool would
reach.

A table by measure. Some measures have no ceiling of their own: for `tau` a perfect order always
exists, `ndcg` is already relative to the ideal ranking, and diversity and leak measures do not
depend on the pool.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nshot.arrays import BoolArray
from nshot.eval.measures.facts import Facts
from nshot.eval.measures.pool import PoolFacts, best
from nshot.eval.measures.shown import UNDEFINED

Ceiling = Callable[[PoolFacts, Facts, BoolArray, int], float]
"""(pool, gold, allowed (n,), k) -> the highest possible value; NaN if the measure is undefined."""


def _skeleton_match(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    del k
    rows = pool.skeletons.get(gold.skeleton)
    return float(rows is not None and bool(allowed[rows].any()))


def _hardness_match(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    del k
    rows = pool.hardness.get(gold.hardness)
    return float(rows is not None and bool(allowed[rows].any()))


def _hardness_share(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    rows, shown = pool.hardness.get(gold.hardness), min(k, int(allowed.sum()))
    alike = 0 if rows is None else int(allowed[rows].sum())
    return min(alike, shown) / shown if shown else 0.0


def _skeleton_similarity(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    del k
    return float(pool.token_bags.jaccard(gold.tokens)[allowed].max(initial=0.0))


def _skeleton_similarity_mean(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    top = best(pool.token_bags.jaccard(gold.tokens), allowed, k)
    return float(top.mean()) if len(top) else 0.0


def _tree_similarity(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    del k
    return UNDEFINED if gold.tree is None else float(pool.tree_bags.dice(gold.tree)[allowed].max(initial=0.0))


def _operator_coverage(pool: PoolFacts, gold: Facts, allowed: BoolArray, k: int) -> float:
    wanted = gold.operators
    return pool.count_coverable(wanted, allowed, k) / len(wanted) if wanted else 1.0


CEILINGS: Final[dict[str, Ceiling]] = {
    "skeleton_match": _skeleton_match,
    "skeleton_similarity": _skeleton_similarity,
    "skeleton_similarity_mean": _skeleton_similarity_mean,
    "tree_similarity": _tree_similarity,
    "operator_coverage": _operator_coverage,
    "hardness_match": _hardness_match,
    "hardness_share": _hardness_share,
}
