"""A follow-up question as one that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nshot.errors import SqlParseError
from nshot.pipeline.followup.cues import find_cue
from nshot.pipeline.followup.follow_up import FollowUp, Matches
from nshot.pipeline.followup.rules import RULES
from nshot.types import CellMatch, Question, Schema, Turn

if TYPE_CHECKING:
    from nshot.pipeline.databases.sources import Databases


LONGEST: Final = 400
"""Characters of a question that may be, or have, a follow-up; a longer one stands alone."""


@dataclass(frozen=True, slots=True)
class StandAlone:
    """The question that is answered."""

    text: str
    rewritten: bool = False
    """Whether it differs from what was asked."""
    how: str = ""
    """Why it does not stand alone and what was done to it, for people."""
    tables: tuple[str, ...] = ()
    """Tables of the SQL before, which stay in the prompt."""
    history: tuple[Turn, ...] = ()
    """The turn before, its question standing alone; empty for a question that stands alone."""

    def question(self, db_id: str, evidence: str = "", asked_on: str = "") -> Question:
        """What a pipeline is asked.

        Args:
            db_id: The database.
            evidence: A hint for the model.
            asked_on: The day on which a person asks; empty if it does not matter.
        """
        return Question(
            self.text,
            db_id,
            evidence=evidence,
            tables=self.tables,
            history=self.history,
            asked_on=asked_on,
        )


def stand_alone(
    question: str, history: Sequence[Turn], schema: Schema, matches: Matches = lambda _: ()
) -> StandAlone:
    """The question as it can be understood without the turns before it.

    A question that stands alone is returned as it is. The turns before are read in the same way,
    from the first one on, so that their questions may be follow-ups, too.

    Args:
        question: As asked.
        history: Earlier turns, the latest last.
        schema: Of the database that is asked.
        matches: Finds cell values of the database in a text.
    """
    before, sql = "", ""
    for turn in history:
        before, sql = _rewrite(turn.question, before, sql, schema, matches).text, turn.sql
    return _rewrite(question, before, sql, schema, matches)


def understand(question: str, db_id: str, history: Sequence[Turn], databases: Databases) -> StandAlone:
    """What `stand_alone` gives, with the schema and the cell values of a database.

    Raises:
        DataError: The database cannot be read.
    """
    if not history:
        return StandAlone(question)

    def matches(text: str) -> Sequence[CellMatch]:
        return databases.matches(Question(text, db_id))

    return stand_alone(question, history, databases.schema(db_id), matches)


def _rewrite(question: str, before: str, sql: str, schema: Schema, matches: Matches) -> StandAlone:
    short = max(len(question), len(before)) <= LONGEST
    why = find_cue(question) if before and short else ""
    if not why:
        return StandAlone(question)
    tables = tables_of(sql, schema)
    follow = FollowUp(question, before, _noun(tables, schema), matches)
    for name, rule in RULES.items():
        text = rule(follow)
        if text is not None:
            return StandAlone(text, text != question, f"{why}: {name}", tables, (Turn(before, sql),))
    raise AssertionError("the last rule always answers")


def tables_of(sql: str, schema: Schema) -> tuple[str, ...]:
    """Names of the schema's tables that the SQL names, as the schema writes them; () if it is no
    SQL.
    """
    from nshot.prompting import find_named

    try:
        return tuple(schema.tables[number].name for number in find_named(schema, sql))
    except SqlParseError:
        return ()


def _noun(tables: Sequence[str], schema: Schema) -> str:
    """What the rows of the first table are called."""
    table = schema.table(tables[0]) if tables else None
    return "" if table is None else (table.natural_name or table.name.replace("_", " ")).lower()
