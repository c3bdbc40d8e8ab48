"""Rendered rows as tokens, with an exact border between prompt and response."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.models import TokenizerFormat


class Rendered(Protocol):
    """A rendered row of training data."""

    @property
    def prompt(self) -> str: ...

    @property
    def response(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def db_id(self) -> str: ...


class TokenRow(NamedTuple):
    """A row as the model reads it."""

    prompt: tuple[int, ...]
    """Tokens that do not count in the loss."""
    response: tuple[int, ...]
    """Tokens that count in the loss: the answer's, and the end token last."""
    db_id: str
    id: str


class Tokenised(NamedTuple):
    """Rows as tokens, and the rows that were left out."""

    rows: tuple[TokenRow, ...]
    too_long: tuple[str, ...]
    """Ids of rows with more tokens than the limit."""


def tokenise(rows: Sequence[Rendered], text: TokenizerFormat, longest: int) -> Tokenised:
    """The rows as tokens; rows of more than `longest` tokens are left out and listed.

    Raises:
        OptionError: The tokenizer merges the end of a prompt with the beginning of its response, or
            it has no end token.
    """
    end = text.tokenizer.eos_token_id
    if end is None:
        raise OptionError(
            "training needs a tokenizer with an end token, so that the model learns to end its answers; this "
            "one has none: choose another base (model.source)"
        )
    made: list[TokenRow] = []
    too_long: list[str] = []
    for row in rows:
        prompt, whole = text.encode(row.prompt), text.encode(row.prompt + row.response)
        if whole[: len(prompt)] != prompt:
            raise OptionError(_explain_joined_tokens(row, text.tokenizer, prompt, whole))
        response = (*whole[len(prompt) :], end)
        if len(prompt) + len(response) > longest:
            too_long.append(row.id)
        else:
            made.append(TokenRow(tuple(prompt), response, row.db_id, row.id))
    return Tokenised(tuple(made), tuple(too_long))


def _explain_joined_tokens(row: Rendered, tokenizer: Any, prompt: Sequence[int], whole: Sequence[int]) -> str:
    at = next(
        (at for at, (own, its) in enumerate(zip(prompt, whole, strict=False)) if own != its), len(whole)
    )
    token = tokenizer.decode(whole[at : at + 1])
    return (
        f"row {row.id}: the tokenizer merges the end of the prompt {row.prompt[-12:]!r} with the beginning "
        f"of the response {row.response[:12]!r} into the token {token!r}; use a template whose prompt ends "
        "with a line break, such as compact"
    )
