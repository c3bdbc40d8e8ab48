"""Which rows are computed together, and which packs make a step: pure functions of seed and epoch."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from nshot.generation.decode.prefixes import common_prefix, group_neighbours
from nshot.training.tuning.dataset.rows import TokenRow
from nshot.training.tuning.packing.layout import Pack

BLUR = 0.2
"""Lengths are blurred by up to this share before rows are sorted, so that other rows meet in each epoch."""


class LabelledPack(NamedTuple):
    """A pack, and whose rows it holds."""

    pack: Pack
    databases: frozenset[str]


def make_steps(
    rows: Sequence[TokenRow],
    *,
    rows_per_pack: int,
    tokens_per_pack: int,
    rows_per_step: int,
    seed: int,
    epoch: int,
) -> list[list[LabelledPack]]:
    """The steps of one epoch: every row once, in packs; steps of about equally many rows.

    A step takes packs of different databases as far as there are any. The first steps of an epoch are not
    those of the others: all depends on seed and epoch, and on nothing else.
    """
    draw = random.Random(f"{seed}/{epoch}")
    batches = make_packs(rows, rows_per_pack, tokens_per_pack, draw)
    draw.shuffle(batches)
    return _steps(batches, len(rows), rows_per_step)


def make_packs(
    rows: Sequence[TokenRow], rows_per_pack: int, tokens_per_pack: int, draw: random.Random
) -> list[LabelledPack]:
    """Packs of rows whose prompts begin alike; rows that are like no other ones share what they can."""
    groups, single = _kin(rows), []
    batches: list[LabelledPack] = []
    for group in groups:
        if len(group) == 1:
            single += group
        else:
            batches += _cut(group, rows_per_pack, tokens_per_pack, draw)
    return batches + _cut(single, rows_per_pack, tokens_per_pack, draw)


def make_pack(rows: Sequence[TokenRow]) -> Pack:
    """The pack of these rows; the prefix is as long as it can be and leaves each row a token of its prompt.

    >>> a, b = TokenRow((1, 2, 3), (7,), "x", ""), TokenRow((1, 2, 4), (8, 9), "x", "")
    >>> make_pack([a, b])
    Pack(prefix=(1, 2), rows=((3, 7), (4, 8, 9)), counted=(1, 2))
    """
    shared = min(len(row.prompt) for row in rows) - 1 if rows else 0
    shared = max(0, min([shared, *(common_prefix(rows[0].prompt, row.prompt) for row in rows[1:])]))
    return Pack(
        rows[0].prompt[:shared],
        tuple(row.prompt[shared:] + row.response for row in rows),
        tuple(min(len(row.response), len(row.prompt) + len(row.response) - 1) for row in rows),
    )


def _kin(rows: Sequence[TokenRow]) -> list[list[TokenRow]]:
    """Rows of one database that share at least half of the shorter prompt with the next in order."""
    by_database: dict[str, list[TokenRow]] = defaultdict(list)
    for row in rows:
        by_database[row.db_id].append(row)
    groups: list[list[TokenRow]] = []
    for some in by_database.values():
        some.sort(key=lambda row: (row.prompt, row.response, row.id))
        groups += group_neighbours(some, lambda row: row.prompt)
    return groups


def _cut(
    rows: Sequence[TokenRow], rows_per_pack: int, tokens_per_pack: int, draw: random.Random
) -> list[LabelledPack]:
    """Rows of like length together, as many as fit into a pack."""
    blurred = sorted((_length(row) * (1 + BLUR * draw.random()), at) for at, row in enumerate(rows))
    batches: list[LabelledPack] = []
    group: list[TokenRow] = []
    for _, at in blurred:
        if group and (len(group) == rows_per_pack or make_pack([*group, rows[at]]).tokens > tokens_per_pack):
            batches.append(_batch(group))
            group = []
        group.append(rows[at])
    return [*batches, _batch(group)] if group else batches


def _steps(batches: Sequence[LabelledPack], rows: int, rows_per_step: int) -> list[list[LabelledPack]]:
    """Packs dealt out so that the k-th step ends where k shares of the rows are reached."""
    count = max(1, round(rows / rows_per_step))
    waiting = list(batches)
    steps: list[list[LabelledPack]] = []
    taken = 0
    while waiting:
        step: list[LabelledPack] = []
        databases: set[str] = set()
        goal = rows * (len(steps) + 1) / count
        while waiting and (not step or taken + len(waiting[0].pack.rows) / 2 < goal):
            at = _first(waiting, lambda batch: not batch.databases & databases)  # noqa: B023
            batch = waiting.pop(at)
            step.append(batch)
            databases |= batch.databases
            taken += len(batch.pack.rows)
        steps.append(step)
    return steps


def _first(batches: Iterable[LabelledPack], fits: Callable[[LabelledPack], bool]) -> int:
    return next((at for at, batch in enumerate(batches) if fits(batch)), 0)


def _batch(rows: Sequence[TokenRow]) -> LabelledPack:
    return LabelledPack(make_pack(rows), frozenset(row.db_id for row in rows))


def _length(row: TokenRow) -> int:
    return len(row.prompt) + len(row.response)
