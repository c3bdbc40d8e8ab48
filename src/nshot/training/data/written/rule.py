"""What every rule has: the question that it writes, and how it picks columns."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from nshot.training.data.written.profile import ColumnProfile, DatabaseProfile, Role, TableProfile
from nshot.training.data.written.words import plural


class RuleQuestion(NamedTuple):
    """A question and its SQL."""

    question: str
    sql: str


Rule = Callable[[TableProfile, DatabaseProfile, random.Random], RuleQuestion | None]
"""None where the table has not what the rule needs."""

SHOW: Final = ("Show", "List", "Give", "What are", "Find", "Return")


def pick(columns: list[ColumnProfile], rng: random.Random) -> ColumnProfile | None:
    """One of the columns; None if there is none."""
    return rng.choice(columns) if columns else None


def pick_shown(
    table: TableProfile, rng: random.Random, other: ColumnProfile | None = None
) -> ColumnProfile | None:
    """What a question about rows asks for: mostly their label, never the column of its
    condition."""
    if table.label and table.label is not other and rng.random() < 0.8:
        return table.label
    return pick([one for one in table.of("label", "text", "category") if one is not other], rng)


def pick_both(
    table: TableProfile, rng: random.Random, *roles: Role
) -> tuple[ColumnProfile, ColumnProfile] | None:
    """A column of one of these roles for the condition, and one to show; None if there is either
    none.
    """
    column = pick(table.of(*roles), rng)
    shown = pick_shown(table, rng, column)
    return None if column is None or shown is None else (column, shown)


def ask_for(table: TableProfile, shown: list[ColumnProfile], rng: random.Random) -> str:
    """`List the names and ages of all singers`, without an end."""
    nouns = [plural(one.words) for one in shown]
    what = " and ".join(filter(None, [", ".join(nouns[:-1]), nouns[-1]]))
    start = rng.choice(SHOW)
    return f"{start} the {what} of {rng.choice(('all', 'the', 'all the'))} {plural(table.words)}"
