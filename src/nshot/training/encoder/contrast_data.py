"""A pool prepared for training: texts, skeleton and database numbers, the split by whole
databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nshot.arrays import IntArray
from nshot.errors import OptionError, PoolError
from nshot.index import FIELDS, Entry, Field
from nshot.retrieval import encoder_text

FEWEST_PAIRS = 16
"""Least number of training questions with a partner."""


@dataclass(frozen=True)
class ContrastData:
    """The data of a contrastive training; row i of every field is example i of the pool."""

    texts: Mapping[Field, Sequence[str]]
    """Texts as the encoder reads them."""
    skeletons: IntArray
    """(n,) equal numbers for equal skeletons."""
    databases: IntArray
    """(n,) equal numbers for equal databases."""
    held_out: tuple[str, ...]
    """Databases for validation, sorted."""
    training: IntArray
    """Rows for training."""
    validation: IntArray
    """Rows of the held-out databases."""
    across: bool
    """Whether only questions of different databases are pulled together, as the leak rule shows no
    others.
    """


def make_contrast_data(
    entries: Sequence[Entry], holdout: int | None, seed: int, across: bool
) -> ContrastData:
    """The training data from an index's entries.

    Args:
        entries: The entries of the whole pool.
        holdout: Number of databases for validation; None: a tenth of them, at least one.
        seed: Seed of the choice of databases.
        across: Whether only questions of different databases are positives.

    Raises:
        OptionError: No database would be left for training.
        PoolError: The pool has one database, or too few questions that share a skeleton.
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
    """The databases for validation: the first ones of a seeded shuffle of their order of
    appearance.

    >>> sorted(draw_databases(["a", "a", "b", "c"], 1, seed=1))
    ['b']

    Raises:
        PoolError: There is only one database.
        OptionError: No database would be left for training.
    """
    names = list(dict.fromkeys(db_ids))
    if len(names) < 2:
        raise PoolError(
            f"the pool has {len(names)} database, but training an encoder takes at least two, one of them "
            "for validation; use the encoder structural, which ships with nshot"
        )
    count = max(1, len(names) // 10) if holdout is None else holdout
    if count >= len(names):
        raise OptionError(
            "holdout must leave databases for training: at most "
            f"{len(names) - 1}, got {count}; hold out fewer"
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
            f"only {paired} of {len(learnt)} training questions share the skeleton of their SQL with "
            f"one of {where}; at least {FEWEST_PAIRS} must; use "
            "a larger pool, or the encoder structural, which ships with nshot"
        )
    if not any(skeleton in pairs for skeleton in contrast_data.skeletons[contrast_data.validation].tolist()):
        raise PoolError(
            f"no question of the held-out databases ({', '.join(contrast_data.held_out[:5])}) has a skeleton "
            "that occurs in the others, so validation is impossible; hold out more databases or another seed"
        )


def _numbers(names: Sequence[str]) -> IntArray:
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.int64)
