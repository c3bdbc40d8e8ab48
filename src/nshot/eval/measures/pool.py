"""Properties of a pool for the ceilings and the ideal ranking: one array per property."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from nshot.arrays import BoolArray, Float64Array, IntArray
from nshot.eval.measures.bags import Bags
from nshot.eval.measures.facts import Facts


class PoolFacts:
    """Properties of n examples; each array is computed at its first use."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self._facts = facts

    def __len__(self) -> int:
        return len(self._facts)

    @cached_property
    def token_bags(self) -> Bags:
        """Skeleton tokens of each example."""
        return Bags([facts.tokens for facts in self._facts])

    @cached_property
    def tree_bags(self) -> Bags:
        """pq-grams of each example."""
        return Bags([facts.tree for facts in self._facts])

    @cached_property
    def skeletons(self) -> dict[str, IntArray]:
        """Rows by skeleton."""
        return _rows(facts.skeleton for facts in self._facts)

    @cached_property
    def hardness(self) -> dict[str, IntArray]:
        """Rows by hardness."""
        return _rows(facts.hardness for facts in self._facts)

    @cached_property
    def _bits(self) -> dict[str, int]:
        names = sorted(frozenset[str]().union(*(facts.operators for facts in self._facts)))
        return {name: 1 << bit for bit, name in enumerate(names)}

    @cached_property
    def _operator_sets(self) -> IntArray:
        return np.array(
            [sum(self._bits[name] for name in facts.operators) for facts in self._facts], dtype=np.int64
        )

    def count_coverable(self, wanted: frozenset[str], allowed: BoolArray, k: int) -> int:
        """The largest number of wanted operators that k allowed examples can cover together;
        exact."""
        mask = sum(self._bits.get(name, 0) for name in wanted)
        single = {int(bits) for bits in np.unique(self._operator_sets[allowed] & mask)}
        reached = {0}
        for _ in range(min(k, len(wanted))):
            reached |= {one | other for one in reached for other in single}
            if mask in reached:
                break
        return max(bits.bit_count() for bits in reached)


def _rows(keys: Iterable[str]) -> dict[str, IntArray]:
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        rows.setdefault(key, []).append(row)
    return {key: np.array(some, dtype=np.int64) for key, some in rows.items()}


def best(values: Float64Array, allowed: BoolArray, k: int) -> Float64Array:
    """The k highest values among the allowed, in descending order; fewer if fewer are allowed."""
    some = values[allowed]
    if k < len(some):
        some = np.partition(some, len(some) - k)[len(some) - k :]
    falling: Float64Array = np.sort(some)[::-1]
    return falling
