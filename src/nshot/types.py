"""The data types of nshot: immutable values that are passed between packages.

Scores are always "higher is better". A `Question` may carry its gold SQL: the leak rule and the
evaluation read it, code that builds prompts never does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Context = Literal["natural", "ddl", "compact"]
"""How a schema is written in a prompt: sentences, CREATE TABLE statements, or one line per table.
"""

Form = Literal["written", "tidy", "named", "from-first"]
"""How SQL is written for a model: as in its source; in a uniform lower-case style; in that style
without table aliases; or, in addition, with FROM first. See `nshot.sql.write_form`."""


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


class Column(NamedTuple):
    name: str
    type: str = ""
    """The declared type as the database writes it, lower-cased; empty when it declares none."""
    natural_name: str = ""
    """The name in words ("home town"), if a source has one (tables.json)."""
    description: str = ""
    codes: tuple[str, ...] = ()
    """All values of a column that holds few short ones, where they are to be shown."""
    note: str = ""
    """What its users say of it, where that is to be shown; `description` is the database's own."""


class Table(NamedTuple):
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    """Column names in key order; more than one for a composite key, empty for none."""
    natural_name: str = ""
    description: str = ""
    is_view: bool = False
    note: str = ""
    """What its users say of it, where that is to be shown."""


class ForeignKey(NamedTuple):
    """`table.columns[i]` refers to `ref_table.ref_columns[i]`."""

    table: str
    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]

    def rename(self, name: Callable[[str], str]) -> ForeignKey:
        """The key with other names of its tables and columns."""
        columns, ref_columns = (tuple(map(name, names)) for names in (self.columns, self.ref_columns))
        return ForeignKey(name(self.table), columns, name(self.ref_table), ref_columns)


class LeftOut(NamedTuple):
    """A part of a database that cannot be read."""

    name: str
    """A table, or `table.column`."""
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables in the database's own order, with names in their own letter case."""

    db_id: str
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    dialect: str = "sqlite"
    """sqlglot's name of the database's SQL dialect."""
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)
    """Tables of the database that could not be read and are not among `tables`."""

    def table(self, name: str) -> Table | None:
        """The table of that name, ignoring letter case; None if there is none."""
        lowered = name.lower()
        return next((table for table in self.tables if table.name.lower() == lowered), None)

    def identifiers(self) -> Iterator[str]:
        """The name of each table, and behind it those of its columns; names may occur again."""
        for table in self.tables:
            yield table.name
            for column in table.columns:
                yield column.name


class CellMatch(NamedTuple):
    """A cell value of the database found in a question's text."""

    table: str
    column: str
    value: str
    """The value as the database stores it."""
    start: int
    end: int
    """`question[start:end]` is the span that matched."""


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


class TokenLogprob(NamedTuple):
    """One token of a completion."""

    piece: bytes
    """What it adds to the text: a token may be a part of a character."""
    logprob: float
    """Its log-probability, in nats."""


@dataclass(frozen=True, slots=True)
class Completion:
    """The unchanged output of the model."""

    text: str
    tokens: int = 0
    finish: Literal["stop", "length", "error", ""] = ""
    logprob: float | None = None
    """Log-probability of the completion: sum over its tokens, in nats; None if the engine reports
    none.
    """
    error: str = ""
    """Why there is no text, where `finish` is "error"."""
    token_logprobs: tuple[TokenLogprob, ...] = field(default=(), compare=False, repr=False)
    """The tokens of the text, if the decoding asks for them and the engine reports them; without
    the end token, whose log-probability is part of `logprob`."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A result of `sql.execute`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    """Whether there were more rows than `max_rows`."""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One candidate SQL and its outcome."""

    sql: str
    completion: Completion
    outcome: Literal[
        "ok", "empty", "unparsed", "refused", "timeout", "too large", "error", "failed", "untried"
    ]
    """`ok`: it ran; `empty`: the model gave no SQL; `error`: the database rejected it; `failed`: no
    SQL reached the database (the prompt does not fit, the server refused it ...); `untried`: not
    executed."""
    error: str = ""
    rows: Rows | None = None


@dataclass(frozen=True, slots=True)
class ReusedPair:
    """A verified pair whose SQL answers a question in place of the model's."""

    example: Example
    """The pair, with the SQL that is the answer: its own, or its own with exchanged values."""
    how: Literal["exact", "exchanged", "near"]
    """`exact`: the question is that of the pair, up to letter case and spaces. `exchanged`: it is
    the same with other values, which were exchanged in the SQL. `near`: it is so near that the
    pair's SQL is right more probably than the model's, whose candidates are the other attempts."""
    note: str
    """For people: which pair it is, and who verified it."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The SQL chosen for a question, with everything that led to it."""

    question: Question
    sql: str
    """Empty if no completion contained SQL."""
    completion: Completion
    prompt: Prompt
    attempts: tuple[Attempt, ...] = ()
    """Every candidate in order of preference; the chosen one first."""
    candidates: tuple[Candidate, ...] = ()
    """The retrieved examples, best first."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Time spent by stage: `first pass`, `retrieve`, `prompt`, `generate`, `execute`."""
    first_pass: str | None = None
    """The first-pass SQL by which the examples were ranked, possibly empty; None if the strategy
    has none.
    """
    reused: ReusedPair | None = None
    """The verified pair that answers the question; None where the model did."""
    confidence: float | None = None
    """Probability that the SQL is right, in [0, 1]; None if the model has no calibration, or a
    verified pair answers."""
    abstained: bool = False
    """Whether the confidence is too low for an answer: `sql` is empty, and `attempts[0]` is what it
    would have been."""

    @property
    def source(self) -> Literal["model", "verified", "near"]:
        """Who answered: the model, a verified pair of the question, or one of a near question."""
        if self.reused is None:
            return "model"
        return "near" if self.reused.how == "near" else "verified"

    @property
    def rows(self) -> Rows | None:
        """The rows of the chosen SQL; None if there is none, or it was not run or did not run."""
        return self.attempts[0].rows if self.attempts and not self.abstained else None

    @property
    def withheld(self) -> str:
        """The SQL that would have been the answer to a question without one; else empty."""
        return self.attempts[0].sql if self.abstained else ""


@dataclass(frozen=True, slots=True)
class Component:
    """One of the ten parts of the exact set match of one row.

    The totals decide whether the row enters a mean of precision or recall.
    """

    name: str
    gold: int
    """Items of the gold statement."""
    predicted: int
    """Items of the prediction."""
    count: int
    """Items that agree."""

    @property
    def score(self) -> int:
        """1 if all items agree and none is left over, else 0.

        >>> Component("select", 2, 2, 2).score, Component("select", 2, 2, 1).score
        (1, 0)
        """
        return int(self.gold == self.predicted == self.count)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One predicted SQL judged against its gold."""

    index: int
    """0-based place of the question in its file."""
    db_id: str
    hardness: str
    """Hardness of the gold SQL: easy, medium, hard or extra."""
    em: bool | None
    """Exact set match; None if it was not computed or Spider's parser cannot read the gold."""
    ex: bool
    """Whether the prediction's result equals gold's on every database that was used."""
    parse_error: bool
    """Spider's own parser cannot read the prediction; this does not affect execution."""
    outcome: Literal["ok", "empty", "abstained", "refused", "timeout", "too large", "error", "unscored"]
    """How the prediction ran. `empty`: there is no SQL; `abstained`: nor was there to be any, for
    lack of confidence; `unscored`: there is no gold result."""
    reason: str
    """Why `ex` is what it is, in a few words."""
    vacuous: bool = False
    """Both results are empty on every database, so the match is weak evidence."""
    databases: int = 1
    """Number of database files on which it was run."""
    id: str = ""
    """The question's id."""
    gold: str = ""
    """The SQL as the file has it."""
    predicted: str = ""
    """The SQL as the file has it."""
    kind: str = ""
    """What decided `ex`: the mode's kind of match or mismatch (equal, row order, ties ...)."""
    differs_on: str = ""
    """Name of the first database file whose result is not gold's; empty for none."""
    em_crash: str = ""
    """Why the official program would end with an exception over the exact match; empty if it would
    not.
    """
    ex_crash: str = ""
    """Why the official program would end with an exception over the execution; empty if it would
    not.
    """
    components: tuple[Component, ...] = ()
    """Components of the exact match, in the official order; empty where `em_crash` says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of a user's file that cannot be used."""

    line: int
    """1-based line of the file (record number for Parquet and JSON arrays)."""
    reason: str
    source: str = ""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.reason}"
