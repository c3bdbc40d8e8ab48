"""A follow-up question as one that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nshot.errors import SqlParseError
from nshot.pipeline.followup.cues import find_cue
from nshot.pipeline.followup.rules import RULES, FollowUp, Matches
from nshot.types import Schema, Turn


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


def stand_alone(
    question: str, history: Sequence[Turn], schema: Schema, matches: Matches = lambda _: ()
) -> StandAlone:
    """The question as it can be understood without the turns before it.

    A question that stands alone is returned as it is. The turns before are read in the same way, from the
    first one on, so that their questions may be follow-ups, too.

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


def _rewrite(question: str, before: str, sql: str, schema: Schema, matches: Matches) -> StandAlone:
    why = find_cue(question) if before else ""
    if not why:
        return StandAlone(question)
    tables = tables_of(sql, schema)
    follow = FollowUp(question, before, _noun(tables, schema), matches)
    for name, rule in RULES.items():
        text = rule(follow)
        if text is not None:
            return StandAlone(text, text != question, f"{why}: {name}", tables)
    raise AssertionError("the last rule always answers")


def tables_of(sql: str, schema: Schema) -> tuple[str, ...]:
    """Names of the schema's tables that the SQL names, as the schema writes them; () if it is no SQL."""
    from nshot.prompting.linking.find_named import find_named

    try:
        return tuple(schema.tables[number].name for number in find_named(schema, sql))
    except SqlParseError:
        return ()


def _noun(tables: Sequence[str], schema: Schema) -> str:
    """What the rows of the first table are called."""
    table = schema.table(tables[0]) if tables else None
    return "" if table is None else (table.natural_name or table.name.replace("_", " ")).lower()
