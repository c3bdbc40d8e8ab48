"""A prompt: what a model reads, and what was left out of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nshot.types.question import Example
from nshot.types.schema import CellMatch, Schema

Context = Literal["natural", "ddl", "compact"]
"""How a schema is written in a prompt: sentences, CREATE TABLE statements, or one line per table.
"""

Form = Literal["written", "tidy", "named", "from-first"]
"""How SQL is written for a model: as in its source; in a uniform lower-case style; in that style
without table aliases; or, in addition, with FROM first. See `nshot.sql.write_form`."""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """An example placed in a prompt, with the schema of its own database."""

    example: Example
    schema: Schema
    matches: tuple[CellMatch, ...] = ()


class Dropped(NamedTuple):
    """What a prompt left out to stay within its budget."""

    examples: tuple[str, ...] = ()
    """Ids of examples, in the order in which they were dropped."""
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    """`table.column`, for columns of tables that were kept."""

    def __bool__(self) -> bool:
        return any(self)


NOTHING_DROPPED = Dropped()


class NamePair(NamedTuple):
    """A name of a table or column that a prompt shows in another spelling."""

    own: str
    """As the database has it."""
    shown: str


class Message(NamedTuple):
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """The prompt for a model, and what was left out of it."""

    text: str
    """Exactly what a local model reads, chat template included."""
    messages: tuple[Message, ...] = ()
    """The same for a chat server; empty for a plain-text model."""
    demonstrations: tuple[Demonstration, ...] = ()
    tokens: int = 0
    """Length of `text` in tokens of the model's own tokenizer."""
    dropped: Dropped = NOTHING_DROPPED
    stop: tuple[str, ...] = ()
    """Strings at which the answer ends."""
    schema: Schema | None = field(default=None, compare=False, repr=False)
    """Schema of the question's whole database, with the names that the prompt shows: an answer may
    be constrained to them."""
    names: tuple[NamePair, ...] = field(default=(), compare=False, repr=False)
    """Names that the prompt shows in another spelling; an answer is to be read back with them."""
    tables: tuple[str, ...] = field(default=(), compare=False)
    """Names of the tables of that database that the prompt describes."""

    @property
    def sha256(self) -> str:
        """Hex digest of what is sent; the same for training rows and for inference."""
        return hashlib.sha256(self.text.encode()).hexdigest()
