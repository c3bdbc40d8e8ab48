"""A row of fine-tuning data."""

from __future__ import annotations

from typing import NamedTuple


class SftRow(NamedTuple):
    """What a model reads and what it shall write, and how the prompt came about."""

    prompt: str
    """Exactly as at inference, chat template included."""
    response: str
    """The gold SQL in the form asked for; no end token."""
    id: str
    """Of the question."""
    db_id: str
    shots: int
    """Demonstrations in the prompt."""
    context: str
    """Which part of the schema was given: full, shuffled, renamed, relevant, gold or gold+distractors."""
    sha256: str
    """Hex digest of the prompt."""
    prompt_tokens: int
    response_tokens: int
    """Tokens that the response adds to those of the prompt."""
    sql: str = ""
    """The gold SQL as its source has it."""
    form: str = "written"
    """Of the response: the form asked for, or the next plainer one that keeps the meaning."""
    strategy: str = ""
    """By which the demonstrations were found; empty where none were asked for."""
    demonstrations: tuple[str, ...] = ()
    """Their ids, in the order shown."""
    repeat: int = 0
    """0 for the first row of a question, 1 for the next ..."""
    dropped: int = 0
    """Demonstrations, tables and columns that the budget left out."""
    content: str = ""
    """The prompt without the chat template; empty where there is none."""
