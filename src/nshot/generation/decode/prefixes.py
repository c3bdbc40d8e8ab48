"""Sequences of tokens with the same beginning, which inference and training compute together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """Number of leading tokens that two sequences share.

    >>> common_prefix([1, 2, 3], [1, 2, 4, 5])
    2
    """
    one, other = tuple(first), tuple(second)
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def group_neighbours(ordered: Iterable[Item], tokens: Callable[[Item], Sequence[int]]) -> list[list[Item]]:
    """Groups of neighbours that share at least half of the shorter one's tokens with the one
    before.

    Args:
        ordered: In an order in which those that begin alike are neighbours, such as that of their
            tokens.
        tokens: Of an item; at least one.

    >>> group_neighbours([(1, 2, 3), (1, 2, 4), (7, 8)], tokens=lambda item: item)
    [[(1, 2, 3), (1, 2, 4)], [(7, 8)]]
    """
    groups: list[list[Item]] = []
    for item in ordered:
        if groups:
            last, here = tokens(groups[-1][-1]), tokens(item)
            if common_prefix(last, here) * 2 >= min(len(last), len(here)):
                groups[-1].append(item)
                continue
        groups.append([item])
    return groups
