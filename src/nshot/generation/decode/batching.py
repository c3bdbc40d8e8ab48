"""Plans which prompts go through the model together, from their token ids alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from nshot.generation.decode.prefixes import common_prefix, group_neighbours

Tokens = Sequence[int]

MIN_PREFIX = 8
"""Tokens; a shorter common beginning is not worth a forward pass of its own."""
MIN_SAVED = 200
"""Tokens that a group must save by sharing to get forward passes of its own. A group takes two
passes, and a pass of few tokens takes as long as one of 50 to 80, as memory bandwidth for the
weights limits both. Groups that save less are mixed."""
MIN_SAVED_ALONE = 2_500
"""The same for a group that is also decoded by itself: each decoding step reads all weights again.
"""

MAX_ROWS = 256
"""Maximum number of rows (prompts x candidates) of a batch: beyond that, a step hardly gets cheaper
per row.
"""
PREFILL_TOKENS = 16_384
"""Maximum number of tokens of a batch's prompts after their shared prefix, padding included: the
activations of all of them are in memory together.
"""
CACHE_BYTES = 2 << 30
"""Memory for keys and values: 46,000 tokens of the embedded model in float32, 16,000 of an 8 B
Llama.
"""


class Batch(NamedTuple):
    rows: tuple[int, ...]
    """Positions in the list of prompts."""
    prefix: int
    """Number of leading tokens that all rows share and that are computed once."""


class Capacity(NamedTuple):
    """Limits of a batch, and what a prompt takes of them; a batch of one prompt is always
    allowed."""

    rows: int
    """Most rows; a prompt takes `width` of them."""
    tokens: int
    """Maximum number of tokens of prompts and answers in the KV cache."""
    width: int = 1
    """Rows of one prompt (beams or samples)."""
    room: int = 0
    """New tokens that are reserved for each row."""


def plan(
    prompts: Sequence[Tokens], capacity: Capacity, *, share: bool = True, apart: bool = False
) -> list[Batch]:
    """Batches that hold every prompt once and waste little.

    Neighbours in token order that share at least half of the shorter prompt form a group; groups
    that save too little (`MIN_SAVED`, `MIN_SAVED_ALONE`) are merged into one. Inside a group,
    prompts are sorted by length (ties by position), so that padding stays small, and cut where a
    batch is full.

    Args:
        prompts: Token ids, each with at least one token.
        capacity: Limits of a batch; each prompt counts as long as the longest.
        share: False computes every prompt in full.
        apart: A `KVCache` keeps the prompts: a prompt's tokens count once for all its rows, and
            `join` merges batches for decoding afterwards.
    """
    batches = []
    least = MIN_SAVED if apart else MIN_SAVED_ALONE
    for group in _groups(prompts, least) if share else [list(range(len(prompts)))]:
        head = _count_shared(group, prompts) if share else 0

        def fits(count: int, longest: int, head: int = head) -> bool:
            rows = count * capacity.width
            # With `apart` the head is stored once but counted for every prompt: an upper bound.
            cached = (count if apart else rows) * longest + rows * capacity.room
            fit = rows <= capacity.rows and cached <= capacity.tokens
            return fit and count * (longest - head) <= PREFILL_TOKENS

        batches += [
            Batch(rows, _count_shared(rows, prompts) if share else 0)
            for rows in _cut(_by_length(group, prompts), prompts, fits)
        ]
    return batches


def join(batches: Sequence[Batch], prompts: Sequence[Tokens], capacity: Capacity) -> list[tuple[Batch, ...]]:
    """Groups of batches that are decoded together, in fewer and fuller steps, with a `KVCache`.

    Args:
        batches: Result of `plan` with `apart` and the same capacity.
        prompts: Token ids.
        capacity: Limits of a group; each prefix and each rest counts as long as the longest.
    """
    # Greedy over neighbours: the batches of a group follow one another by length, so padding stays small.
    joined: list[tuple[Batch, ...]] = []
    for batch in batches:
        some = (*joined[-1], batch) if joined else (batch,)
        rows = sum(len(one.rows) for one in some)
        prefix = max(one.prefix for one in some)
        rest = max(len(prompts[row]) - one.prefix for one in some for row in one.rows)
        cached = len(some) * prefix + rows * (rest + capacity.width * capacity.room)
        if joined and rows * capacity.width <= capacity.rows and cached <= capacity.tokens:
            joined[-1] = some
        else:
            joined.append((batch,))
    return joined


def _by_length(group: Sequence[int], prompts: Sequence[Tokens]) -> list[int]:
    return sorted(group, key=lambda at: (len(prompts[at]), at))


def _groups(prompts: Sequence[Tokens], least: int) -> Iterator[list[int]]:
    """Yields groups that save at least this many tokens by sharing, then all other prompts as
    one."""
    # In token order, prompts with a long common beginning are neighbours: one pass finds the groups.
    order = sorted(range(len(prompts)), key=lambda at: (list(prompts[at]), at))
    groups = group_neighbours(order, lambda at: prompts[at])
    saved = [(len(group) - 1) * _count_shared(group, prompts) for group in groups]
    rest = [at for group, tokens in zip(groups, saved, strict=True) if tokens < least for at in group]
    yield from (group for group, tokens in zip(groups, saved, strict=True) if tokens >= least)
    if rest:
        yield rest


def _cut(
    group: Sequence[int], prompts: Sequence[Tokens], fits: Callable[[int, int], bool]
) -> Iterator[tuple[int, ...]]:
    """Splits a group, shortest first, before the prompt whose length times the rows no longer
    fits."""
    rows: list[int] = []
    for at in group:
        if rows and not fits(len(rows) + 1, len(prompts[at])):
            yield tuple(rows)
            rows = []
        rows.append(at)
    if rows:
        yield tuple(rows)


def _count_shared(rows: Sequence[int], prompts: Sequence[Tokens]) -> int:
    """Number of tokens that all rows share; at least one token of every row is left to compute."""
    if len(rows) == 1:
        return 0
    ordered = [list(prompts[at]) for at in rows]
    # What the smallest and the largest in token order share, all between them share.
    shared = min(common_prefix(min(ordered), max(ordered)), min(map(len, ordered)) - 1)
    return shared if shared >= MIN_PREFIX else 0
