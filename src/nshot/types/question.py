"""Questions about a database, and the solved ones that are their examples; rows of files
that are neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Turn(NamedTuple):
    """An earlier question of a conversation, and the SQL that answered it."""

    question: str
    sql: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a database."""

    text: str
    db_id: str
    id: str = ""
    sql: str | None = None
    """Gold SQL, if it is known. Only the leak rule and the evaluation read it."""
    evidence: str = ""
    """A hint that comes with the question, as in BIRD; empty if there is none."""
    tables: tuple[str, ...] = ()
    """Tables that the prompt must describe: of a follow-up question, those of the SQL before."""
    history: tuple[Turn, ...] = ()
    """Of a follow-up question: the turns before, which a chat model is shown."""
    asked_on: str = ""
    """The day on which a person asks it, such as 2026-11-30, for words such as "last month"; empty
    for questions of a file, whose prompts stay the same."""


@dataclass(frozen=True, slots=True)
class Example:
    """A solved question: a member of a pool."""

    id: str
    question: str
    sql: str
    db_id: str
    difficulty: str = ""
    """easy, medium, hard or extra (Spider's hardness), or the pool's own word; may be empty."""
    tags: tuple[str, ...] = ()
    dialect: str = ""
    """sqlglot's name of the dialect of its SQL; empty for that of its database."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A retrieved example with its score."""

    example: Example
    score: float
    why: str = ""
    """A short explanation for people: the terms, ranks or cosines behind the score; empty in a
    batch.
    """
    similarity: float | None = None
    """Mean cosine of both questions by two encoders, of an example of the question's own database
    that `own-first` ranked; None where the ranking has no such measure."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of a user's file that cannot be used."""

    line: int
    """1-based line of the file (record number for Parquet and JSON arrays)."""
    reason: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.reason}"
