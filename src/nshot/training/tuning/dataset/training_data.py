"""The rows of a training: read or rendered, held out by whole databases, as tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from nshot.errors import DataError
from nshot.models.tokenizer import TokenizerFormat
from nshot.training.tuning.dataset.rows import Rendered, TokenRow, tokenise
from nshot.training.tuning.recipe.recipe import Recipe
from nshot.types import Form, Prompt, Question, Schema

Note = Callable[[str], None]


class ValidationQuestion(NamedTuple):
    """A held-out question that the model answers at a look."""

    question: Question
    """With its gold SQL."""
    prompt: Prompt
    schema: Schema
    form: Form
    """How the answer is to be read."""


@dataclass(frozen=True)
class TrainingData:
    """What a training learns from, and what it is looked at by."""

    epoch: Callable[[int], Sequence[TokenRow]]
    """The rows of an epoch, from 0; the same whenever it is asked."""
    held_out: Sequence[TokenRow]
    """Rows whose loss is taken."""
    validation_questions: Sequence[ValidationQuestion]
    description: dict[str, Any]
    """Decides whether a training may go on: it has the digest of the data."""


def digest(rows: Sequence[Sequence[Any]]) -> str:
    """SHA-256 over the rows, in order."""
    found = hashlib.sha256()
    for row in rows:
        found.update(json.dumps(row).encode() + b"\n")
    return found.hexdigest()


def held_out_rows(
    rows: Sequence[Rendered], text: TokenizerFormat, longest: int, note: Note
) -> list[TokenRow]:
    """The held-out rows that a pack can hold; those that are too long are noted.

    Raises:
        DataError: There are held-out rows, and all are too long.
    """
    found = tokenise(rows, text, longest)
    if rows and not found.rows:
        raise DataError(
            f"no held-out row is left to look at: all {len(rows)} have more than optim.tokens_per_pack "
            f"{longest} tokens; raise it"
        )
    if found.too_long:
        note(
            f"left out of the held-out rows: {len(found.too_long)} of more than optim.tokens_per_pack "
            f"{longest} tokens"
        )
    return list(found.rows)


def longest_row(recipe: Recipe) -> int:
    """Tokens that a row may have."""
    return recipe.optim.tokens_per_pack
