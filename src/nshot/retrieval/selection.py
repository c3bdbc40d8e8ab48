"""Which k of a ranking are taken: one function a selection, all of one signature, in a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from nshot.index.entries import FloatArray, Hits


class Traits(NamedTuple):
    """What a selection may ask about rows."""

    skeleton: Callable[[int], str]
    similarity: Callable[[Sequence[int]], FloatArray]
    """(n rows) -> (n, n) float32, 1 on the diagonal."""
    diversity: float
    """0: only the score counts; 1: only the difference to what was taken."""


def top(hits: Hits, k: int, traits: Traits) -> Hits:
    """The first k."""
    del traits
    return Hits(hits.rows[:k], hits.scores[:k])


def distinct(hits: Hits, k: int, traits: Traits) -> Hits:
    """The best of each SQL skeleton: no two shots show the same query pattern."""
    seen: set[str] = set()
    places: list[int] = []
    for place, row in enumerate(hits.rows):
        skeleton = traits.skeleton(int(row))
        if skeleton not in seen:
            seen.add(skeleton)
            places.append(place)
            if len(places) == k:
                break
    return Hits(hits.rows[places], hits.scores[places])


def mmr(hits: Hits, k: int, traits: Traits) -> Hits:
    """Maximal marginal relevance: each next one is good and unlike those taken; in the order taken.

    Scores are brought to 0..1 over the ranking first, so that BM25 and cosines weigh alike.
    Source: Carbonell and Goldstein 1998, https://doi.org/10.1145/290941.291025
    """
    if not len(hits.rows):
        return hits
    span = float(np.ptp(hits.scores)) or 1.0
    relevance = (hits.scores - hits.scores.min()) / span
    similar = traits.similarity([int(row) for row in hits.rows])
    taken: list[int] = []
    nearest = np.zeros(len(hits.rows))
    for _ in range(min(k, len(hits.rows))):
        value = (1 - traits.diversity) * relevance - traits.diversity * nearest
        value[taken] = -np.inf
        taken.append(int(value.argmax()))
        nearest = np.maximum(nearest, similar[taken[-1]])
    return Hits(hits.rows[taken], hits.scores[taken])


Selection = Callable[[Hits, int, Traits], Hits]
SELECTIONS: dict[str, Selection] = {"top": top, "mmr": mmr, "distinct": distinct}
DEPTH = {"top": 1, "mmr": 10, "distinct": 10}
"""How many times k the ranking must be deep at first; `distinct` asks for more where that is not enough."""
