"""The interface to a model's tokenizer and chat template."""

from __future__ import annotations

import re
from typing import Final, Protocol

_PIECE = re.compile(r"[^\W_]+|[^\w\s]|_|\n")
_LETTERS_PER_TOKEN = 4


class TextFormat(Protocol):
    """What prompt building needs from the model that reads the prompt; every engine implements
    it."""

    def count_tokens(self, text: str) -> int:
        """Length of `text` in tokens of the model's own tokenizer."""

    def chat(self, content: str) -> str | None:
        """`content` as a user's turn inside the tokenizer's chat template; None for a plain-text
        model.
        """


class PlainFormat:
    """Plain text with an estimated number of tokens, for use without a tokenizer.

    Every run of letters and digits counts one token per 4 characters (rounded up), every
    punctuation mark, underscore and line break counts one, and every non-ASCII character counts its
    bytes in UTF-8. On schemas and SQL, the estimate is meant to be above the counts of the Llama
    family's tokenizers.
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
"""The text format without a model."""
