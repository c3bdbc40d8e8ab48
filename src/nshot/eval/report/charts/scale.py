"""Map values to positions on the page, and choose round values for the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Scale(NamedTuple):
    """A linear map from `low` at `start` to `high` at `stop`."""

    low: float
    high: float
    start: float
    stop: float

    def __call__(self, value: float) -> float:
        """The position of a value.

        >>> Scale(0, 10, 100, 200)(2.5)
        125.0
        """
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.stop - self.start)


def round_step(span: float, count: int) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that divides a span into at most `count`
    steps.

    >>> round_step(37, 5), round_step(0.9, 5)
    (10.0, 0.2)
    """
    exponent = math.floor(math.log10(span / count))
    steps = (factor * 10.0**power for power in (exponent, exponent + 1) for factor in (1, 2, 5))
    return round(next(step for step in steps if span / step <= count * (1 + 1e-9)), 12)


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Round values from at most `low` to at least `high`, about `count` steps.

    >>> ticks(38.2, 71.8)
    [30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
    """
    if high <= low:
        half = abs(low) / 10 or 1.0
        low, high = low - half, high + half
    step = round_step(high - low, count)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 12) + 0.0 for at in range(first, last + 1)]


def span(values: Iterable[float], *others: float) -> tuple[float, float]:
    """The smallest and largest of the finite values; (0, 1) if there are none.

    >>> span([3.0, float("nan"), 1.0], 2.0)
    (1.0, 3.0)
    """
    finite = [value for value in (*values, *others) if math.isfinite(value)]
    return (min(finite), max(finite)) if finite else (0.0, 1.0)


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions at least `gap` apart, in the same order and as close as possible to the wanted
    ones.

    Neighbours that are too close are moved apart as one block around their common centre. If they
    do not all fit between `low` and `high`, the gap is reduced.

    >>> spread([10.0, 11.0, 40.0], 6.0, 0.0, 50.0)
    [7.5, 13.5, 40.0]
    """
    order = sorted(range(len(wanted)), key=lambda at: (wanted[at], at))
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    blocks: list[list[float]] = []  # centre and size of each block
    for at in order:
        blocks.append([_inside(wanted[at], 1, gap, low, high), 1])
        while len(blocks) > 1 and _overlap(blocks[-2], blocks[-1], gap):
            (middle, size), (before, count) = blocks.pop(), blocks.pop()
            total = size + count
            joined = (middle * size + before * count) / total
            blocks.append([_inside(joined, total, gap, low, high), total])
    placed = [middle + (at - (size - 1) / 2) * gap for middle, size in blocks for at in range(int(size))]
    found = [0.0] * len(wanted)
    for place, at in zip(placed, order, strict=True):
        found[at] = place
    return found


def _inside(middle: float, size: float, gap: float, low: float, high: float) -> float:
    half = (size - 1) / 2 * gap
    return min(max(middle, low + half), high - half)


def _overlap(upper: list[float], lower: list[float], gap: float) -> bool:
    distance = (upper[1] + lower[1]) / 2 * gap
    return lower[0] - upper[0] < distance - 1e-9
