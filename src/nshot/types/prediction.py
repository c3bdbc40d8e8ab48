"""What a model wrote, how its SQL ran, and the answer that was chosen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from nshot.types.prompt import Prompt
from nshot.types.question import Candidate, Example, Question


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
