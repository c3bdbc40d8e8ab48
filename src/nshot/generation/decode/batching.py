"""Which prompts go through the model together: pure arithmetic on token ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from nshot.generation.decode.prefixes import common_prefix, group_neighbours

Tokens = Sequence[int]

MIN_PREFIX = 8
"""Tokens; a shorter common beginning is not worth a forward pass of its own."""
MIN_SAVED = 200
"""Tokens that a group must spare by sharing to go through the model by itself: a pass of few tokens takes as
long as one of 50 to 80, as it waits for the weights, and a group takes two. Groups of less are mixed."""
MIN_SAVED_ALONE = 2_500
"""The same where a group must also write its answers by itself: each of their steps waits for the weights."""

MAX_ROWS = 256
"""Prompts x candidates that are decoded together: more rows make a step of the model hardly cheaper a row."""
PREFILL_TOKENS = 16_384
"""Of a batch's prompts behind what they share, padding included: the layers' activations of all of them are
in memory together."""
CACHE_BYTES = 2 << 30
"""Memory for keys and values: 46,000 tokens of the embedded model in float32, 16,000 of an 8 B Llama."""


class Batch(NamedTuple):
    rows: tuple[int, ...]
    """Positions in the list that was given."""
    prefix: int
    """Leading tokens that all rows share and that are computed once; 0 for none."""


class Capacity(NamedTuple):
    """What is held together at most, and what a prompt takes of it; one prompt always fits."""

    rows: int
    """At most; a prompt takes `width` of them."""
    tokens: int
    """Of prompts and answers, at most."""
    width: int = 1
    """Rows of a prompt (beams or samples)."""
    room: int = 0
    """New tokens that a row is counted with."""


def plan(
    prompts: Sequence[Tokens], capacity: Capacity, *, share: bool = True, apart: bool = False
) -> list[Batch]:
    """Batches that hold every prompt once and waste little.

    Neighbours in token order that share at least half of the shorter prompt form a group; groups that spare
    too little (`MIN_SAVED`, `MIN_SAVED_ALONE`) are thrown together. Inside a group, prompts are sorted by
    length (ties by position), so that padding stays small, and cut where a batch is full.

    Args:
        prompts: Token ids, each with at least one token.
        capacity: Of a batch; each prompt counts as long as the longest.
        share: False computes every prompt in full.
        apart: A `KVCache` keeps the prompts: a prompt's rows hold its tokens once, and `join` comes next.
    """
    batches = []
    least = MIN_SAVED if apart else MIN_SAVED_ALONE
    for group in _groups(prompts, least) if share else [list(range(len(prompts)))]:
        head = _shared(group, prompts) if share else 0

        def fits(count: int, longest: int, head: int = head) -> bool:
            rows = count * capacity.width
            held = (count if apart else rows) * longest + rows * capacity.room
            fit = rows <= capacity.rows and held <= capacity.tokens
            return fit and count * (longest - head) <= PREFILL_TOKENS

        batches += [
            Batch(rows, _shared(rows, prompts) if share else 0)
            for rows in _cut(_by_length(group, prompts), prompts, fits)
        ]
    return batches


def join(batches: Sequence[Batch], prompts: Sequence[Tokens], capacity: Capacity) -> list[tuple[Batch, ...]]:
    """Batches whose answers are written together, where a `KVCache` keeps their prompts: fewer, fuller steps.

    Args:
        batches: As `plan` made them, `apart`, by the same capacity.
        prompts: Token ids.
        capacity: Of what is written together; each prefix and each rest counts as long as the longest.
    """
    joined: list[tuple[Batch, ...]] = []
    for batch in batches:
        some = (*joined[-1], batch) if joined else (batch,)
        rows = sum(len(one.rows) for one in some)
        prefix = max(one.prefix for one in some)
        rest = max(len(prompts[row]) - one.prefix for one in some for row in one.rows)
        held = len(some) * prefix + rows * (rest + capacity.width * capacity.room)
        if joined and rows * capacity.width <= capacity.rows and held <= capacity.tokens:
            joined[-1] = some
        else:
            joined.append((batch,))
    return joined


def _by_length(group: Sequence[int], prompts: Sequence[Tokens]) -> list[int]:
    return sorted(group, key=lambda at: (len(prompts[at]), at))


def _groups(prompts: Sequence[Tokens], least: int) -> Iterator[list[int]]:
    order = sorted(range(len(prompts)), key=lambda at: (list(prompts[at]), at))
    groups = group_neighbours(order, lambda at: prompts[at])
    saved = [(len(group) - 1) * _shared(group, prompts) for group in groups]
    rest = [at for group, tokens in zip(groups, saved, strict=True) if tokens < least for at in group]
    yield from (group for group, tokens in zip(groups, saved, strict=True) if tokens >= least)
    if rest:
        yield rest


def _cut(
    group: Sequence[int], prompts: Sequence[Tokens], fits: Callable[[int, int], bool]
) -> Iterator[tuple[int, ...]]:
    """Cuts a group, shortest first, where so many prompts of the longest's length no longer fit."""
    rows: list[int] = []
    for at in group:
        if rows and not fits(len(rows) + 1, len(prompts[at])):
            yield tuple(rows)
            rows = []
        rows.append(at)
    if rows:
        yield tuple(rows)


def _shared(rows: Sequence[int], prompts: Sequence[Tokens]) -> int:
    """Shared tokens; at least one token of every row is left to be computed on its own."""
    if len(rows) == 1:
        return 0
    ordered = [list(prompts[at]) for at in rows]
    shared = min(common_prefix(min(ordered), max(ordered)), min(map(len, ordered)) - 1)
    return shared if shared >= MIN_PREFIX else 0
