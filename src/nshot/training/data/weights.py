"""Distributions in the syntax of options: `3`, `0..5`, `0:4,1:2,3:1`, `full:8,gold:2`."""

from __future__ import annotations

import random
import re
from typing import Generic, NamedTuple, TypeVar

from nshot.errors import OptionError

MOST_SHOTS = 1_000
"""Maximum number of examples of a row; no prompt has room for as many."""
HEAVIEST = 1e9
"""Largest weight, so that sums stay finite."""
T = TypeVar("T")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


class Weights(NamedTuple, Generic[T]):
    """Values, each drawn in proportion to its weight."""

    values: tuple[T, ...]
    weights: tuple[float, ...]

    def draw(self, rng: random.Random) -> T:
        """Draws one of the values."""
        return rng.choices(self.values, self.weights)[0]

    def __str__(self) -> str:
        if len(self.values) == 1:
            return str(self.values[0])
        return ",".join(
            f"{value}:{weight:g}" for value, weight in zip(self.values, self.weights, strict=True)
        )


def parse_shots(text: str) -> Weights[int]:
    """Parses numbers of shots: one number, a range with equal weights, or numbers with weights.

    >>> parse_shots("0..2")
    Weights(values=(0, 1, 2), weights=(1.0, 1.0, 1.0))
    >>> str(parse_shots("0:4,3:1"))
    '0:4,3:1'

    Raises:
        OptionError: The text is none of these.
    """
    if found := _RANGE.fullmatch(text.strip()):
        low, high = int(found[1]), int(found[2])
        if low > high:
            raise OptionError(f"shots: expected a range from the lower to the higher number, got {text!r}")
        _few_enough(high)
        return Weights(tuple(range(low, high + 1)), (1.0,) * (high - low + 1))
    named = parse_weights("shots", text)
    if bad := [value for value in named.values if not value.isdecimal()]:
        raise OptionError(f"shots: expected a number, a range 0..5, or weights 0:4,1:2, got {bad[0]!r}")
    counts = tuple(map(int, named.values))
    _few_enough(max(counts))
    return Weights(counts, named.weights)


def _few_enough(shots: int) -> None:
    if shots > MOST_SHOTS:
        raise OptionError(f"`shots` must be at most {MOST_SHOTS:,}, got {shots:,}")


def parse_weights(noun: str, text: str) -> Weights[str]:
    """Parses names with weights; a name without a weight has weight 1.

    >>> parse_weights("context", "full:8,gold")
    Weights(values=('full', 'gold'), weights=(8.0, 1.0))

    Raises:
        OptionError: A name is empty or repeated, or a weight is not a number above 0.
    """
    found: dict[str, float] = {}
    for part in text.split(","):
        name, colon, number = (piece.strip() for piece in part.rpartition(":"))
        if not colon:
            name, number = number, "1"
        try:
            weight = float(number)
        except ValueError:
            weight = 0.0
        if not name or name in found or not 0 < weight <= HEAVIEST:
            raise OptionError(
                f"{noun}: expected names once each with weights above 0 (at most {HEAVIEST:g}), as a:3,b:1, "
                f"got {part.strip()!r} "
                f"in {text!r}"
            )
        found[name] = weight
    return Weights(tuple(found), tuple(found.values()))
