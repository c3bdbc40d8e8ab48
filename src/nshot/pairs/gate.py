"""The gate: what a pair must be before it may enter the journal. Its answer is a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from nshot.errors import DataError, SqlError, SqlTimeoutError
from nshot.pairs.pair import Pair

if TYPE_CHECKING:
    from nshot.types import Schema

TIMEOUT = 10.0
"""Seconds that a pair's SQL may take by default."""
MAX_ROWS = 1000
"""Rows read of its result; they are only counted and never kept."""
LONGEST = 10_000
"""Characters of a question."""


class PairDatabases(Protocol):
    """What the room asks of a catalog of databases."""

    def schema(self, db_id: str) -> Schema:
        """The schema. Raises DatabaseNotFoundError."""
        ...

    def path(self, db_id: str) -> Path | str | None:
        """The file or URL that SQL runs on; None if there is only a schema."""
        ...

    def refresh(self, db_id: str) -> bool:
        """Reads the schema again if the database may have changed; whether it is another one
        now."""
        ...


@dataclass(frozen=True, slots=True)
class GateResult:
    """What became of a pair that somebody wanted to save."""

    outcome: Literal["added", "duplicate", "conflict", "refused"]
    pair: Pair | None = None
    """The pair that was added, or the one that says the same already."""
    conflicts: tuple[Pair, ...] = ()
    """Pairs with the same question and other SQL."""
    reason: str = ""
    """Why it was refused, or what the conflict is; for people."""


@dataclass(frozen=True, slots=True)
class SqlProblem:
    """Why SQL is no verified answer; false if it is one."""

    reason: str = ""
    passing: bool = False
    """It says nothing against the SQL: the database could not be asked, or took too long."""

    def __bool__(self) -> bool:
        return bool(self.reason)


def problem_of(question: str, sql: str, db_id: str, databases: PairDatabases, timeout: float) -> str:
    """Why a pair cannot be saved; empty if it can.

    The SQL must parse, be one SELECT, and run in the sandbox on its database as it is now.
    """
    return text_problem(question, sql) or sql_problem(sql, db_id, databases, timeout).reason


def text_problem(question: str, sql: str) -> str:
    """What is wrong with the texts themselves; empty if nothing is."""
    for noun, text in (("question", question), ("SQL", sql)):
        if not text.strip():
            return f"the {noun} is empty"
        try:
            text.encode()
        except UnicodeEncodeError as error:
            return f"the {noun} holds half a surrogate pair at character {error.start}"
        if "\x00" in text:
            return f"the {noun} holds a NUL character"
    if len(question) > LONGEST:
        return f"the question has {len(question):,} characters, at most {LONGEST:,} are kept"
    return ""


def sql_problem(sql: str, db_id: str, databases: PairDatabases, timeout: float) -> SqlProblem:
    """What is wrong with the SQL on the database as it is now; false if it runs."""
    from nshot.data import select_problem
    from nshot.databases import execute

    try:
        schema, source = databases.schema(db_id), databases.path(db_id)
        if reason := select_problem(sql, schema):
            return SqlProblem(reason)
        if source is None:
            reason = f"the SQL cannot be run, as only the schema of {db_id} is known"
            return SqlProblem(reason, passing=True)
        execute(source, sql, timeout=timeout, max_rows=MAX_ROWS)
    except SqlError as error:
        return SqlProblem(f"the SQL does not run: {error}", passing=isinstance(error, SqlTimeoutError))
    except DataError as error:
        return SqlProblem(str(error), passing=True)
    return SqlProblem()
