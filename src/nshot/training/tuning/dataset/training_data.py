"""Training data: rows as tokens, some held out by whole databases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nshot.errors import DataError
from nshot.models import TokenizerFormat
from nshot.training.tuning.dataset.rows import Rendered, TokenRow, tokenise
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Form, Prompt, Question, Schema

Note = Callable[[str], None]


class ValidationQuestion(NamedTuple):
    """A held-out question that the model answers in an evaluation."""

    question: Question
    """The question, with its gold SQL."""
    prompt: Prompt
    schema: Schema
    form: Form
    """The form in which the answer is read."""


@dataclass(frozen=True)
class TrainingData:
    """The rows that a training learns from, and those that it is evaluated on."""

    epoch: Callable[[int], Sequence[TokenRow]]
    """The rows of an epoch, from 0; the same at every call."""
    held_out: Sequence[TokenRow]
    """Rows whose loss is measured."""
    validation_questions: Sequence[ValidationQuestion]
    description: dict[str, Any]
    """Identifies the data by its digest and numbers; a training is only resumed if it is the same.
    """


def digest(rows: Sequence[Sequence[Any]]) -> str:
    """SHA-256 over the rows, in order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(json.dumps(row).encode() + b"\n")
    return found.hexdigest()


def held_out_rows(
    rows: Sequence[Rendered], text: TokenizerFormat, longest: int, note: Note
) -> list[TokenRow]:
    """The held-out rows that fit into a pack; `note` gets the number of those that do not.

    Raises:
        DataError: All held-out rows are too long.
    """
    found = tokenise(rows, text, longest)
    if rows and not found.rows:
        raise DataError(
            f"no held-out row is left to evaluate: all {len(rows)} have more than optim.tokens_per_pack = "
            f"{longest} tokens; raise it"
        )
    if found.too_long:
        note(
            f"left out of the held-out rows: {len(found.too_long)} of more than optim.tokens_per_pack "
            f"{longest} tokens"
        )
    return list(found.rows)


def longest_row(recipe: Recipe) -> int:
    """Maximum number of tokens of a row."""
    return recipe.optim.tokens_per_pack
