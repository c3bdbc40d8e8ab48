"""A verified pair, its id, and when two pairs say the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from nshot.sql import normalise
from nshot.types import Example, Schema

State = Literal["active", "set_aside", "rejected"]
"""`active`: shown as an example and reused. `set_aside`: its SQL does not run on the schema as it
is now. `rejected`: a person said that the SQL is wrong; it is kept and never shown."""
_QUOTED = re.compile("(\"[^\"]*\"|(?<!\\w)'[^']*'(?!\\w)|“[^”]*”)")
_BLANKS = re.compile(r"\s+")
_BLANK_BEFORE_STOP = re.compile(r"\s+(?=[.,;:?!])")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the SQL that a person has checked."""

    id: str
    """12 hex digits of database, question and SQL: the same content has the same id in every
    journal.
    """
    question: str
    sql: str
    db_id: str
    author: str = ""
    time: str = ""
    """When it was saved: UTC, ISO 8601, to the second."""
    fingerprint: str = ""
    """Of the schema on which its SQL last ran (`schema_fingerprint`)."""
    prompt_sha256: str = ""
    """Of the prompt that led to the SQL; empty for SQL that no model wrote."""
    state: State = "active"
    reason: str = ""
    """Why it is set aside or rejected; empty for an active pair."""

    @property
    def example(self) -> Example:
        """The pair as a member of a pool."""
        return Example(self.id, self.question, self.sql, self.db_id)


def pair_id(question: str, sql: str, db_id: str) -> str:
    """The id of a pair of this content.

    >>> pair_id("How many?", "SELECT 1", "shop") == pair_id("How many?", "SELECT 1", "shop")
    True
    """
    parts = (part.encode() for part in (db_id, question, sql))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def same_question_key(text: str) -> str:
    """Equal for two questions that are the same up to letter case, white space and a final stop.

    Text between quotes keeps its letter case: it may be a value, and "ab" and "AB" are two values.

    >>> same_question_key("How many  Singers ?") == same_question_key("how many singers")
    True
    >>> same_question_key("Who has the code 'ab'?") == same_question_key("Who has the code 'AB'?")
    False
    """
    text = _BLANK_BEFORE_STOP.sub("", _BLANKS.sub(" ", unicodedata.normalize("NFC", text)).strip())
    parts = _QUOTED.split(text.rstrip(".?! "))
    return "".join(part if at % 2 else part.casefold() for at, part in enumerate(parts))


def same_sql_key(sql: str, schema: Schema | None) -> str:
    """Equal for two texts of the same SQL: the normal form; outside of SQLite the text itself."""
    if schema is not None and schema.dialect != "sqlite":
        return " ".join(sql.split()).rstrip("; ")
    return normalise(sql, schema)
