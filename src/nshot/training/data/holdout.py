"""The choice of what is held out: databases by number or by name, or questions by number."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple

from nshot.errors import OptionError, UnknownNameError
from nshot.options import check_least, option
from nshot.sql import normalise
from nshot.training.encoder.contrast_data import draw_databases
from nshot.types import Question

SHOWN = 20


class HeldOutPart(NamedTuple):
    """What is held out: whole databases, or questions."""

    databases: tuple[str, ...] = ()
    """Their names, sorted."""
    questions: tuple[Question, ...] = ()
    """In the order of the pool."""

    def __bool__(self) -> bool:
        return any(self)

    def split(self, questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
        """The questions to train on, and those that are held out."""
        ids = {question.id for question in self.questions}
        sides: tuple[list[Question], list[Question]] = ([], [])
        for one in questions:
            sides[one.db_id in self.databases or one.id in ids].append(one)
        return sides


NOTHING_HELD_OUT: Final = HeldOutPart()


@dataclass(frozen=True)
class HoldoutConfig:
    """What is held out of training; checked on construction.

    The options of `nshot train data` and the keys of `[data]` in a recipe come from these fields.
    """

    PANEL: ClassVar = "Files"

    databases: str | int | tuple[str, ...] = option("", name="holdout_databases", common=True, recipe=True)
    """Held-out databases, written to held_out and shown nowhere: their number, or names a,b,c."""
    questions: int = option(0, name="holdout_questions", common=True, recipe=True)
    """Number of held-out questions, for a pool of one database; those with the same SQL go
    together.
    """
    seed: int = option(0, name="split_seed", recipe=True)
    """Seed of the choice, if a number is held out."""

    def __post_init__(self) -> None:
        for name, value in (("holdout_databases", self.databases), ("holdout_questions", self.questions)):
            check_least(name, value if isinstance(value, int) else None, 0)
        if self.databases and self.questions:
            raise OptionError(
                "hold out databases or questions: give `holdout_databases` or `holdout_questions`"
            )

    def choose_databases(self, db_ids: Sequence[str]) -> tuple[str, ...]:
        """The databases held out of those of the rows; see `held_out`."""
        given = self.databases
        return held_out(db_ids, ",".join(given) if isinstance(given, tuple) else str(given), self.seed)

    def choose(self, questions: Sequence[Question]) -> HeldOutPart:
        """What is held out of solved questions.

        Raises:
            OptionError: Nothing would be left for training, or a database is unknown.
        """
        return HeldOutPart(
            self.choose_databases([question.db_id for question in questions]),
            hold_out_questions(questions, self.questions, self.seed),
        )


def hold_out_questions(questions: Sequence[Question], count: int, seed: int) -> tuple[Question, ...]:
    """The questions held out, in their order: for pools of few databases.

    Questions of one database with the same SQL, after `nshot.sql.normalise`, or the same text are
    held out together, so no answer of a held-out question is trained on. There may be a few more
    than `count` for it.

    Args:
        questions: Solved questions.
        count: Their number; 0 for none.
        seed: Seed of the choice.

    Raises:
        OptionError: No question would be left for training.
    """
    groups = _groups(questions) if count else []
    random.Random(f"questions/{seed}").shuffle(groups)
    held: set[str] = set()
    for group in groups:
        if len(held) < count:
            held.update(question.id for question in group)
    if held and len(held) == len(questions):
        raise OptionError(
            f"holdout must leave questions to learn from: {count} of {len(questions)} leave none, as "
            "questions with the same SQL are held out together; hold out fewer"
        )
    return tuple(question for question in questions if question.id in held)


def _groups(questions: Sequence[Question]) -> list[list[Question]]:
    """Questions that share their SQL or their text within a database, directly or through
    others."""
    group_of: dict[tuple[str, str, str], list[Question]] = {}
    for question in questions:
        text = "".join(question.text.casefold().split())
        keys = [(question.db_id, "sql", normalise(question.sql or "")), (question.db_id, "text", text)]
        found = [group_of[key] for key in keys if key in group_of]
        joined = found[0] if found else []
        if len(found) == 2 and found[1] is not joined:
            joined += found[1]
            group_of |= {key: joined for key, group in group_of.items() if group is found[1]}
        joined.append(question)
        group_of |= dict.fromkeys(keys, joined)
    return list({id(group): group for group in group_of.values()}.values())


def held_out(db_ids: Sequence[str], wanted: str, seed: int) -> tuple[str, ...]:
    """The databases held out, sorted.

    Args:
        db_ids: Databases of the rows, in their order.
        wanted: A number, or comma-separated names; empty for none.
        seed: Seed of the choice, if `wanted` is a number.

    >>> held_out(["a", "a", "b", "c"], "1", seed=1), held_out(["a", "b"], "b", seed=0)
    (('b',), ('b',))

    Raises:
        OptionError: No database would be left for training, or a name is unknown.
    """
    known = list(dict.fromkeys(db_ids))
    if wanted.strip().isdecimal():
        count = int(wanted)
        if count and not known:
            raise OptionError(
                "no row was read, so no database can be held out; check the files and the notes"
            )
        if count >= len(known):
            raise OptionError(
                "holdout must leave databases to learn from: at most "
                f"{len(known) - 1}, got {count}; hold out "
                "fewer, or questions in their place (`holdout_questions`)"
            )
        return tuple(sorted(draw_databases(db_ids, count, seed))) if count else ()
    names = [name for part in wanted.split(",") if (name := part.strip())]
    for name in names:
        if name not in known:
            raise UnknownNameError("database to hold out", name, known[:SHOWN])
    if names and len(set(names)) == len(known):
        raise OptionError("holdout must leave databases to learn from, and names them all; name fewer")
    return tuple(sorted(set(names)))
