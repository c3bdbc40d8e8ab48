"""The parts of a pipeline as protocols, and the errors that stop one question only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from nshot.errors import AnswerCancelledError, BudgetError, DataError, OptionError, SqlError
from nshot.types import Candidate, CellMatch, Demonstration, Form, Prompt, Question, Schema

OF_ONE_QUESTION = (AnswerCancelledError, DataError, BudgetError, SqlError, OptionError)
"""Errors that affect a single question, so that the run continues; all others stop it."""


class Retrieves(Protocol):
    def retrieve(self, questions: Sequence[Question], k: int, live: bool = False) -> list[list[Candidate]]:
        """Up to `k` candidates for each question, best first."""
        ...


class Builds(Protocol):
    @property
    def form(self) -> Form:
        """What the SQL of examples, and so the answer, is written in."""
        ...

    def build(
        self,
        question: Question,
        schema: Schema,
        demonstrations: Sequence[Demonstration] = (),
        matches: Sequence[CellMatch] = (),
    ) -> Prompt:
        """The prompt; demonstrations come best first. Raises BudgetError."""
        ...
