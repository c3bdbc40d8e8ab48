"""Similarity of bags (multisets): of two bags, and of one bag with all bags of a pool."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from nshot.arrays import Float64Array

Bag = Mapping[Any, int]
"""Number of occurrences by member."""


def jaccard(a: Bag, b: Bag) -> float:
    """Jaccard similarity of two bags, 0 to 1: sum of the minimum counts over sum of the maximum
    counts.

    P. Jaccard (1912), generalised to multisets. Two empty bags are equal: 1.

    >>> jaccard({"x": 2, "y": 1}, {"x": 1})
    0.3333333333333333
    """
    common, total = _common(a, b), sum(a.values()) + sum(b.values())
    return common / (total - common) if total else 1.0


def dice(a: Bag, b: Bag) -> float:
    """Dice similarity of two bags, 0 to 1: twice the overlap over the sum of both sizes.

    L. R. Dice (1945), generalised to multisets; for pq-grams it is 1 minus the pq-gram distance.
    Two empty bags are equal: 1.

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
    """An inverted index over n bags: comparing a bag with all of them takes one pass over its
    members.
    """

    def __init__(self, bags: Sequence[Bag | None]) -> None:
        """
        Args:
            bags: (n,) bags; equal bags are stored once. None has no overlap with any bag.
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
        """(n,) float64: `jaccard` of `bag` with each bag."""
        common = self._common(bag)
        return self._share(common, self._sizes + sum(bag.values()) - common)

    def dice(self, bag: Bag) -> Float64Array:
        """(n,) float64: `dice` of `bag` with each bag."""
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
