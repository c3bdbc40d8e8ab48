"""Which pairs are held out: chosen from each database, those with the same SQL or text together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from nshot.errors import OptionError
from nshot.training import hold_out_questions
from nshot.types import Question

FEWEST: Final = 8
"""Pairs below which nothing is tuned: as examples they help as much, and a model would learn them
by heart."""
ENOUGH: Final = 24
"""Pairs from which some are held out by default: a quarter of fewer tells nothing."""
MOST: Final = 60
"""Pairs that are held out by default, at most."""


class PairSplit(NamedTuple):
    """The pairs to learn from, and those that are held out."""

    learnt: tuple[Question, ...]
    held_out: tuple[Question, ...]


def split_pairs(pairs: Sequence[Question], holdout: int | None, seed: int) -> PairSplit:
    """Holds out pairs, from each database in proportion.

    Pairs of one database with the same SQL, after `nshot.sql.normalise`, or with the same text stay
    together, so that no answer of a held-out question is learned.

    Args:
        pairs: With SQL and ids.
        holdout: Their number; None for a quarter of `ENOUGH` pairs or more, and none of fewer.
        seed: Seed of the choice.

    Raises:
        OptionError: There are fewer than `FEWEST` pairs, or too few would be left.
    """
    if len(pairs) < FEWEST:
        raise OptionError(
            f"{len(pairs)} pairs are too few to tune a model on, at least {FEWEST} are needed; show them as "
            "examples: nshot ask --pairs FILE"
        )
    if holdout is None:
        holdout = min(MOST, len(pairs) // 4) if len(pairs) >= ENOUGH else 0
    if len(pairs) - holdout < FEWEST:
        raise OptionError(
            f"`holdout` {holdout} of {len(pairs)} pairs leaves fewer than {FEWEST} to learn from; lower it",
            option="holdout",
        )
    held: set[str] = set()
    for db_id, wanted in _shares(pairs, holdout).items():
        own = [pair for pair in pairs if pair.db_id == db_id]
        if wanted:
            held.update(one.id for one in hold_out_questions(own, wanted, seed))
    learnt = tuple(pair for pair in pairs if pair.id not in held)
    return PairSplit(learnt, tuple(pair for pair in pairs if pair.id in held))


def _shares(pairs: Sequence[Question], holdout: int) -> dict[str, int]:
    """How many pairs of each database are held out: in proportion, the largest remainders first."""
    counts: dict[str, int] = {}
    for pair in pairs:
        counts[pair.db_id] = counts.get(pair.db_id, 0) + 1
    exact = {db_id: holdout * count / len(pairs) for db_id, count in counts.items()}
    shares = {db_id: int(share) for db_id, share in exact.items()}
    left = holdout - sum(shares.values())
    for db_id in sorted(exact, key=lambda one: shares[one] - exact[one])[:left]:
        shares[db_id] += 1
    return shares
