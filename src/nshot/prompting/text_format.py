"""The seam to a model: how long a text is in its tokens, and what its chat template makes of it."""

from __future__ import annotations

import re
from typing import Final, Protocol

_PIECE = re.compile(r"[^\W_]+|[^\w\s]|_|\n")
_LETTERS_PER_TOKEN = 4


class TextFormat(Protocol):
    """What a prompt must know of the model that reads it; every engine is one."""

    def count_tokens(self, text: str) -> int:
        """Length of `text` in tokens of the model's own tokenizer."""

    def chat(self, content: str) -> str | None:
        """`content` as a user's turn inside the tokenizer's chat template; None for a plain-text model."""


class PlainFormat:
    """Plain text, with an estimate of its tokens, for when no tokenizer is at hand.

    Every run of letters and digits counts one token for each 4 characters begun, every punctuation
    mark, underscore and line break counts one, and every character beyond ASCII counts its bytes in
    UTF-8. That is meant to be above what the tokenizers of Llama's family count on schemas and SQL.
    """

    def count_tokens(self, text: str) -> int:
        """Estimated number of tokens.

        >>> PlainFormat().count_tokens("SELECT count(*) FROM head")
        9
        """
        beyond = sum(len(char.encode("utf-8", "replace")) for char in text if char > "\x7f")
        return beyond + sum(-(-len(piece) // _LETTERS_PER_TOKEN) for piece in _PIECE.findall(text))

    def chat(self, content: str) -> str | None:  # noqa: ARG002
        """None: there is no chat template."""
        return None


PLAIN: Final = PlainFormat()
"""The fallback where no model is at hand."""
