"""Pick k candidates from a ranking: a table of selections, each with its function."""

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
"""Number of top-ranked examples that vote in `coverage`. With 50 or 100, match@3 is 0 to 1 point
lower (these and the following numbers: docs/LOG.md, 2026-11-25, held-out train databases)."""
VOTE_CONSTANT: Final = 3
"""A supporter of 1-based rank r has 1 / (VOTE_CONSTANT + r) votes."""
PART_TOKENS: Final = 6
"""Tokens in the longest part of a skeleton. With single tokens alone, long SQL is favoured and
match@1 is only .19."""
DOUBT: Final = 0.2
"""Share of votes at which a part has the value 0; a part below it counts against an example.
Without this penalty the longest SQL always wins: match@3 .05, operator coverage .98."""
AGAIN: Final = 0.25
"""Factor on the value of a part each time an example with that part has been taken."""


class Traits(NamedTuple):
    """Properties of rows that a selection may use."""

    skeletons: Callable[[Sequence[int]], list[str]]
    similarity: Callable[[Sequence[int]], Float32Array]
    """(n rows) -> (n, n) float32 similarities, 1 on the diagonal."""
    diversity: float
    """0: only the score counts; 1: only the difference from the candidates already taken."""


def top(hits: Hits, k: int, traits: Traits) -> Hits:
    """The first k candidates."""
    del traits
    return Hits(hits.rows[:k], hits.scores[:k])


def distinct(hits: Hits, k: int, traits: Traits) -> Hits:
    """The best candidate of each SQL skeleton: no two shots show the same query pattern."""
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
    """Maximal marginal relevance: each candidate has a high score and differs from those taken
    before.

    Scores are scaled to 0..1 over the ranking first, so that BM25 and cosines weigh alike. The
    result is in the order in which candidates were taken. Source: Carbonell and Goldstein 1998,
    https://doi.org/10.1145/290941.291025
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
    """Examples whose SQL together covers the parts that the top of the ranking agrees on; in the
    order taken.

    The first SUPPORTERS examples vote for the parts of their skeletons. Then the best example of
    each skeleton is a possible pick, and the one whose parts have the highest total value is taken
    next (ties: the earlier one). If there are fewer skeletons than k, the rest of the ranking
    follows. Idea: Gupta, Gardner and Singh 2023, https://arxiv.org/abs/2305.14907. They cover the
    terms of the question; here the SQL must be covered, and because it is not known, the top
    examples vote on its parts.
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
    """The value of each part: its share of the votes minus DOUBT. The skeletons are given best
    first.
    """
    votes: dict[str, float] = defaultdict(float)
    total = 0.0
    for rank, skeleton in enumerate(skeletons, start=1):
        total += 1 / (VOTE_CONSTANT + rank)
        for part in _parts(skeleton):
            votes[part] += 1 / (VOTE_CONSTANT + rank)
    return {part: share / total - DOUBT for part, share in votes.items()}


def _value(skeleton: str, worth: dict[str, float]) -> float:
    """Total value of the parts that a skeleton covers; rounded, because a set is summed in no fixed
    order.
    """
    return round(sum(worth[part] for part in _parts(skeleton)), 9)


@lru_cache(maxsize=8192)
def _parts(skeleton: str) -> frozenset[str]:
    """Runs of 1 to PART_TOKENS tokens of a skeleton; its start (^) and its end ($) count as tokens.

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
    """A way to take k candidates of a ranking, and how deep a ranking it needs."""

    take: Callable[[Hits, int, Traits], Hits]
    deep: bool = True
    """It chooses among more than k candidates; if False, a larger k only appends candidates."""
    may_skip: bool = False
    """It leaves candidates out, so that a ranking of any depth may be too short for k."""


SELECTIONS: dict[str, Selection] = {
    "top": Selection(top, deep=False),
    "mmr": Selection(mmr),
    "distinct": Selection(distinct, may_skip=True),
    "coverage": Selection(coverage),
}


def depth_of(select: str, k: int) -> int:
    """The depth of the ranking needed to select k; a selection that skips may need a deeper one."""
    return max(10 * k, SUPPORTERS) if SELECTIONS[select].deep else k
