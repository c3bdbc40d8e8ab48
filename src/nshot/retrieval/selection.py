"""Which k of a ranking are taken: a table of selections, each a value with its function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from nshot.arrays import Float32Array
from nshot.index import Hits

SUPPORTERS: Final = 30
"""How far down the ranking examples vote in `coverage`. With 50 or 100 match@3 is 0 to 1 point lower
(this and what follows: docs/LOG.md, 2026-11-25, held-out train databases)."""
VOTE_CONSTANT: Final = 3
"""A supporter of 1-based rank r has 1 / (VOTE_CONSTANT + r) votes."""
PART_TOKENS: Final = 6
"""Tokens of the longest part of a skeleton. Short parts alone favour long SQL: match@1 is .19 with 1."""
DOUBT: Final = 0.2
"""The share of votes at which a part is worth nothing: below it, it counts against an example. Without
doubt the longest SQL always wins: match@3 .05, operator coverage .98."""
AGAIN: Final = 0.25
"""What a part that was taken is still worth, each time."""


class Traits(NamedTuple):
    """What a selection may ask about rows."""

    skeletons: Callable[[Sequence[int]], list[str]]
    similarity: Callable[[Sequence[int]], Float32Array]
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
    for place, skeleton in enumerate(traits.skeletons(hits.rows.tolist())):
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
    similar = traits.similarity(hits.rows.tolist())
    taken: list[int] = []
    nearest = np.zeros(len(hits.rows))
    for _ in range(min(k, len(hits.rows))):
        value = (1 - traits.diversity) * relevance - traits.diversity * nearest
        value[taken] = -np.inf
        taken.append(int(value.argmax()))
        nearest = np.maximum(nearest, similar[taken[-1]])
    return Hits(hits.rows[taken], hits.scores[taken])


def coverage(hits: Hits, k: int, traits: Traits) -> Hits:
    """Examples whose SQL covers what the first of the ranking agree on; in the order taken.

    The first SUPPORTERS vote for the parts of their skeletons, and the best example of each of their
    skeletons may be taken: next is always the one whose parts are worth most (ties: the earlier one). Where
    there are fewer skeletons than k, the rest of the ranking follows.
    Source of the idea: Gupta, Gardner and Singh 2023, https://arxiv.org/abs/2305.14907, who cover the terms
    of the question; the SQL of a question is not known, so that its parts are voted on here.
    """
    skeletons = traits.skeletons(hits.rows[:SUPPORTERS].tolist())
    worth = _worth(skeletons)
    left = {skeleton: place for place, skeleton in reversed(list(enumerate(skeletons)))}
    taken: list[int] = []
    while left and len(taken) < k:
        best = max(left, key=lambda skeleton: (_value(skeleton, worth), -left[skeleton]))
        taken.append(left.pop(best))
        for part in _parts(best):
            worth[part] = min(worth[part], worth[part] * AGAIN)
    places = list(dict.fromkeys((*taken, *range(len(hits.rows)))))[:k]
    return Hits(hits.rows[places], hits.scores[places])


def _worth(skeletons: Sequence[str]) -> dict[str, float]:
    """For each part the share of votes that it has, less DOUBT; the skeletons come best first."""
    votes: dict[str, float] = defaultdict(float)
    total = 0.0
    for rank, skeleton in enumerate(skeletons, start=1):
        total += 1 / (VOTE_CONSTANT + rank)
        for part in _parts(skeleton):
            votes[part] += 1 / (VOTE_CONSTANT + rank)
    return {part: share / total - DOUBT for part, share in votes.items()}


def _value(skeleton: str, worth: dict[str, float]) -> float:
    """Of what a skeleton covers; rounded, because the order of a set's sum is not fixed."""
    return round(sum(worth[part] for part in _parts(skeleton)), 9)


@lru_cache(maxsize=8192)
def _parts(skeleton: str) -> frozenset[str]:
    """Runs of 1 to PART_TOKENS tokens of a skeleton; its begin and its end count as tokens.

    >>> sorted(_parts("select _"))[:5]
    ['$', '^', '^ select', '^ select _', '^ select _ $']
    """
    tokens = ("^", *skeleton.split(), "$")
    return frozenset(
        " ".join(tokens[start : start + size])
        for size in range(1, PART_TOKENS + 1)
        for start in range(len(tokens) - size + 1)
    )


@dataclass(frozen=True, slots=True)
class Selection:
    """A way to take k of a ranking: its function, and how much of the ranking that reads."""

    take: Callable[[Hits, int, Traits], Hits]
    deep: bool = True
    """It chooses among more than k; if not, its first k are the same for every larger number."""
    may_skip: bool = False
    """It leaves hits out, so that a ranking of any depth may be too short for k."""


SELECTIONS: dict[str, Selection] = {
    "top": Selection(top, deep=False),
    "mmr": Selection(mmr),
    "distinct": Selection(distinct, may_skip=True),
    "coverage": Selection(coverage),
}


def depth_of(select: str, k: int) -> int:
    """How deep a ranking must be for k of it; one that may skip asks for more where that is too few."""
    return max(10 * k, SUPPORTERS) if SELECTIONS[select].deep else k
