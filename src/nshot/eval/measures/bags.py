"""Similarity of bags (multisets): of two, and of one with all bags of a pool at once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from nshot.arrays import Float64Array

Bag = Mapping[Any, int]
"""Counts of members."""


def jaccard(a: Bag, b: Bag) -> float:
    """Overlap over union, from 0 to 1: sum of the lesser counts over sum of the greater.

    P. Jaccard (1912), in its form for multisets. Two empty bags are the same: 1.

    >>> jaccard({"x": 2, "y": 1}, {"x": 1})
    0.3333333333333333
    """
    common, total = _common(a, b), sum(a.values()) + sum(b.values())
    return common / (total - common) if total else 1.0


def dice(a: Bag, b: Bag) -> float:
    """Twice the overlap over the two sizes, from 0 to 1; 1 minus the pq-gram distance. Two empty bags: 1.

    L. R. Dice (1945), in its form for multisets.

    >>> dice({"x": 2, "y": 1}, {"x": 1})
    0.5
    """
    total = sum(a.values()) + sum(b.values())
    return 2 * _common(a, b) / total if total else 1.0


def _common(a: Bag, b: Bag) -> int:
    if len(b) < len(a):
        a, b = b, a
    return sum(min(count, b[member]) for member, count in a.items() if member in b)


class Bags:
    """Many bags, held by member: what one bag shares with each of them costs one pass over its members."""

    def __init__(self, bags: Sequence[Bag | None]) -> None:
        """
        Args:
            bags: (n,); equal bags are held once. None shares nothing with any bag.
        """
        distinct: dict[Hashable, int] = {}
        held: list[Bag] = []
        self._place = np.empty(len(bags), dtype=np.int64)
        for row, bag in enumerate(bags):
            key = None if bag is None else frozenset(bag.items())
            if key not in distinct:
                distinct[key] = len(held)
                held.append({} if bag is None else bag)
            self._place[row] = distinct[key]
        unread = distinct.get(None)
        self._sizes = np.array([sum(bag.values()) for bag in held], dtype=np.float64)
        if unread is not None:
            self._sizes[unread] = np.inf
        members: dict[Any, tuple[list[int], list[int]]] = {}
        for place, bag in enumerate(held):
            for member, count in bag.items():
                places, counts = members.setdefault(member, ([], []))
                places.append(place)
                counts.append(count)
        self._members = {member: (np.array(p), np.array(c)) for member, (p, c) in members.items()}

    def jaccard(self, bag: Bag) -> Float64Array:
        """(n,) `jaccard` of `bag` with each."""
        common = self._common(bag)
        return self._share(common, self._sizes + sum(bag.values()) - common)

    def dice(self, bag: Bag) -> Float64Array:
        """(n,) `dice` of `bag` with each."""
        return self._share(2 * self._common(bag), self._sizes + sum(bag.values()))

    def _common(self, bag: Bag) -> Float64Array:
        common = np.zeros(len(self._sizes))
        for member, count in bag.items():
            if member in self._members:
                places, counts = self._members[member]
                common[places] += np.minimum(counts, count)
        return common

    def _share(self, part: Float64Array, whole: Float64Array) -> Float64Array:
        both_empty = whole == 0
        shares: Float64Array = np.where(both_empty, 1.0, part / np.where(both_empty, 1.0, whole))
        return shares[self._place]
