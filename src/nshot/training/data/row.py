"""A row of fine-tuning data."""

from __future__ import annotations

from typing import NamedTuple


class SftRow(NamedTuple):
    """A prompt and its response, with the choices that led to the prompt."""

    prompt: str
    """The prompt as at inference, including the chat template."""
    response: str
    """The gold SQL in the configured form; without an end token."""
    id: str
    """Id of the question."""
    db_id: str
    shots: int
    """Number of demonstrations in the prompt."""
    context: str
    """Part of the schema in the prompt: full, shuffled, renamed, relevant, gold or
    gold+distractors.
    """
    sha256: str
    """Hex digest of the prompt."""
    prompt_tokens: int
    response_tokens: int
    """Tokens that the response adds to those of the prompt."""
    sql: str = ""
    """The gold SQL in the spelling of its source."""
    form: str = "written"
    """Form of the response: the configured one, or the next plainer one that keeps the meaning."""
    strategy: str = ""
    """Strategy of the demonstrations; empty for a row without any."""
    demonstrations: tuple[str, ...] = ()
    """Ids of the demonstrations, in the order shown."""
    repeat: int = 0
    """0 for the first row of a question, 1 for the next ..."""
    dropped: int = 0
    """Number of demonstrations, tables and columns that the budget left out."""
    content: str = ""
    """The prompt without the chat template; empty if there is no chat template."""
