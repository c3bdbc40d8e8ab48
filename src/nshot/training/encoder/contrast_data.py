"""A pool made ready for training: texts, skeleton and database numbers, the split by whole databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nshot.arrays import IntArray
from nshot.errors import OptionError, PoolError
from nshot.index import Entry
from nshot.index.example_store import FIELDS, Field
from nshot.retrieval.strategies import encoder_text

FEWEST_PAIRS = 16
"""Training questions that must have a partner: with fewer there is nothing to learn from."""


@dataclass(frozen=True)
class ContrastData:
    """Row i of everything is example i of the pool."""

    texts: Mapping[Field, Sequence[str]]
    """As the encoder reads them."""
    skeletons: IntArray
    """(n,) equal numbers for equal skeletons."""
    databases: IntArray
    """(n,) equal numbers for equal databases."""
    held_out: tuple[str, ...]
    """Databases that validate, sorted."""
    training: IntArray
    """Rows to learn from."""
    validation: IntArray
    """Rows of the held-out databases."""
    across: bool
    """Only questions of different databases are pulled together: the leak rule will show no others."""


def make_contrast_data(
    entries: Sequence[Entry], holdout: int | None, seed: int, across: bool
) -> ContrastData:
    """The material of an index's entries.

    Args:
        entries: Of the whole pool.
        holdout: How many databases validate; None: a tenth of them, at least one.
        seed: Which of them.
        across: Whether only questions of different databases count as alike.

    Raises:
        OptionError: As many databases would be held out as there are.
        PoolError: The pool is too small: one database, or hardly any two questions with one skeleton.
    """
    db_ids = [entry.example.db_id for entry in entries]
    held_out = draw_databases(db_ids, holdout, seed)
    skeletons = _numbers([entry.skeleton for entry in entries])
    databases = _numbers(db_ids)
    held = np.array([db_id in held_out for db_id in db_ids])
    contrast_data = ContrastData(
        {name: [encoder_text(name, entry.text(name)) for entry in entries] for name in FIELDS},
        skeletons,
        databases,
        tuple(sorted(held_out)),
        np.flatnonzero(~held),
        np.flatnonzero(held),
        across,
    )
    _check(contrast_data)
    return contrast_data


def draw_databases(db_ids: Sequence[str], holdout: int | None, seed: int) -> frozenset[str]:
    """The databases that validate: the first of a seeded shuffle of their order of appearance.

    >>> sorted(draw_databases(["a", "a", "b", "c"], 1, seed=1))
    ['b']

    Raises:
        PoolError: There is but one database.
        OptionError: None would be left to learn from.
    """
    names = list(dict.fromkeys(db_ids))
    if len(names) < 2:
        raise PoolError(
            f"the pool has {len(names)} database; the encoder is validated on whole databases held out of "
            "it, so it takes at least two; use `encoder` structural, the one that ships with nshot"
        )
    count = max(1, len(names) // 10) if holdout is None else holdout
    if count >= len(names):
        raise OptionError(
            f"holdout must leave databases to learn from: at most {len(names) - 1}, got {count}"
        )
    random.Random(seed).shuffle(names)
    return frozenset(names[:count])


def _check(contrast_data: ContrastData) -> None:
    learnt = contrast_data.skeletons[contrast_data.training]
    pairs = Counter(learnt.tolist())
    if contrast_data.across:  # each database counts once
        places = zip(learnt.tolist(), contrast_data.databases[contrast_data.training].tolist(), strict=True)
        pairs = Counter(skeleton for skeleton, _ in set(places))
    paired = sum(pairs[skeleton] > 1 for skeleton in learnt.tolist())
    where = "another database" if contrast_data.across else "the others"
    if paired < FEWEST_PAIRS:
        raise PoolError(
            f"only {paired} of {len(learnt)} questions to learn from share the skeleton of their SQL with "
            f"one of {where}; at least {FEWEST_PAIRS} must; use "
            "a larger pool, or `encoder` structural, the one that ships with nshot"
        )
    if not any(skeleton in pairs for skeleton in contrast_data.skeletons[contrast_data.validation].tolist()):
        raise PoolError(
            f"no question of the held-out databases ({', '.join(contrast_data.held_out[:5])}) has a skeleton "
            "that occurs in the others: nothing can be validated; hold out more databases or use another seed"
        )


def _numbers(names: Sequence[str]) -> IntArray:
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.int64)
