"""A model's tokenizer and chat template, without its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nshot.errors import OptionError
from nshot.types import Message

if TYPE_CHECKING:
    from nshot.models.modes import ChatMode


class TokenizerFormat:
    """Counts tokens and formats turns with a transformers tokenizer."""

    def __init__(self, tokenizer: Any, *, name: str, chat: ChatMode = "auto") -> None:
        """
        Args:
            tokenizer: A tokenizer of transformers.
            name: The model's name, for messages.
            chat: Whether prompts get the chat template; `auto`: if the tokenizer has one.

        Raises:
            OptionError: The template is required, but the tokenizer has none.
        """
        if chat == "on" and not tokenizer.chat_template:
            raise OptionError(f"the tokenizer of {name} has no chat template; choose chat mode off")
        self.tokenizer = tokenizer
        self._chat = bool(tokenizer.chat_template) and chat != "off"

    def encode(self, text: str) -> list[int]:
        """Token ids as they are sent; a chat template adds its own special tokens."""
        return list(self.tokenizer(text, add_special_tokens=not self._chat, verbose=False)["input_ids"])

    def count_tokens(self, text: str) -> int:
        """Number of tokens of the text when it is sent as a prompt."""
        return len(self.encode(text))

    def chat(self, content: str) -> str | None:
        """The text as one user turn; None for a plain-text model."""
        return self.turns((Message("user", content),))

    def turns(self, messages: Sequence[Message]) -> str | None:
        """Several turns in the chat format; None for a plain-text model."""
        if not self._chat:
            return None
        return str(
            self.tokenizer.apply_chat_template(
                [message._asdict() for message in messages], tokenize=False, add_generation_prompt=True
            )
        )
