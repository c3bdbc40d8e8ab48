"""Plans which rows share a pack, and which packs make a step: pure functions of seed and epoch."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from nshot.generation import common_prefix, group_neighbours
from nshot.training.tuning.dataset.rows import TokenRow
from nshot.training.tuning.packing.layout import Pack

BLUR = 0.2
"""Lengths grow by up to this random share before rows are sorted, so that packs differ between
epochs.
"""


class LabelledPack(NamedTuple):
    """A pack, and the databases of its rows."""

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

    A step takes packs of different databases as far as there are any. Packs and their order depend
    on seed and epoch, and on nothing else.
    """
    draw = random.Random(f"{seed}/{epoch}")
    batches = make_packs(rows, rows_per_pack, tokens_per_pack, draw)
    draw.shuffle(batches)
    return _steps(batches, len(rows), rows_per_step)


def make_packs(
    rows: Sequence[TokenRow], rows_per_pack: int, tokens_per_pack: int, draw: random.Random
) -> list[LabelledPack]:
    """Packs of rows whose prompts have the same beginning; the remaining rows share packs with each
    other.
    """
    groups, single = _group_similar(rows), []
    batches: list[LabelledPack] = []
    for group in groups:
        if len(group) == 1:
            single += group
        else:
            batches += _cut(group, rows_per_pack, tokens_per_pack, draw)
    return batches + _cut(single, rows_per_pack, tokens_per_pack, draw)


def make_pack(rows: Sequence[TokenRow]) -> Pack:
    """The pack of these rows; the prefix is as long as it can be and leaves each row a token of its
    prompt.

    >>> a, b = TokenRow((1, 2, 3), (7,), "x", ""), TokenRow((1, 2, 4), (8, 9), "x", "")
    >>> make_pack([a, b])
    Pack(prefix=(1, 2), rows=((3, 7), (4, 8, 9)), counted=(1, 2))
    """
    # Compared with the first row alone: what each row shares with it, all rows share.
    shared = min(len(row.prompt) for row in rows) - 1 if rows else 0
    shared = max(0, min([shared, *(common_prefix(rows[0].prompt, row.prompt) for row in rows[1:])]))
    return Pack(
        rows[0].prompt[:shared],
        tuple(row.prompt[shared:] + row.response for row in rows),
        tuple(min(len(row.response), len(row.prompt) + len(row.response) - 1) for row in rows),
    )


def _group_similar(rows: Sequence[TokenRow]) -> list[list[TokenRow]]:
    """Groups of rows of one database that share at least half of the shorter prompt with the next
    row.
    """
    by_database: dict[str, list[TokenRow]] = defaultdict(list)
    for row in rows:
        by_database[row.db_id].append(row)
    groups: list[list[TokenRow]] = []
    for some in by_database.values():
        # In token order, rows with a long common beginning are neighbours; the id breaks ties.
        some.sort(key=lambda row: (row.prompt, row.response, row.id))
        groups += group_neighbours(some, lambda row: row.prompt)
    return groups


def _cut(
    rows: Sequence[TokenRow], rows_per_pack: int, tokens_per_pack: int, draw: random.Random
) -> list[LabelledPack]:
    """Packs of rows of similar length, as many rows as fit into each."""
    # Similar lengths: a pack's rows are padded to the longest inside the attention.
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
    """Packs distributed over steps so that the k-th step ends nearest to k equal shares of the
    rows.
    """
    count = max(1, round(rows / rows_per_step))
    waiting = list(batches)
    steps: list[list[LabelledPack]] = []
    taken = 0
    while waiting:
        step: list[LabelledPack] = []
        databases: set[str] = set()
        # Against the running total, not the step's own size, so that rounding does not add up over an epoch.
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
