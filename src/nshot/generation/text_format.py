"""A model's way of reading, without its weights: its tokenizer and its chat template."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.errors import EngineError, OptionError
from nshot.types import Message

if TYPE_CHECKING:
    from nshot.generation.engine import ChatMode
    from nshot.prompting import TextFormat


class TokenizerFormat:
    """Counts tokens and wraps turns as a transformers tokenizer does."""

    def __init__(self, tokenizer: Any, *, name: str, chat: ChatMode = "auto") -> None:
        """
        Args:
            tokenizer: Of transformers.
            name: Of the model, for messages.
            chat: Whether prompts get the chat template; `auto`: if the tokenizer has one.

        Raises:
            OptionError: The template is asked for and there is none.
        """
        if chat == "on" and not tokenizer.chat_template:
            raise OptionError(f"the tokenizer of {name} has no chat template; choose chat mode off")
        self.tokenizer = tokenizer
        self._chat = bool(tokenizer.chat_template) and chat != "off"

    def encode(self, text: str) -> list[int]:
        """Token ids as they are sent: a chat template brings its own special tokens."""
        return list(self.tokenizer(text, add_special_tokens=not self._chat, verbose=False)["input_ids"])

    def count_tokens(self, text: str) -> int:
        """Tokens that this text has when it is sent as a prompt."""
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


def load_text_format(
    model: str = "embedded", *, chat: ChatMode = "auto", allow_download: bool = False
) -> TextFormat:
    """How a model reads, without loading its weights.

    Args:
        model: As `load_engine` takes it; a server, whose tokenizer is unknown, and `none` give an estimate.
        chat: As `load_engine` takes it.
        allow_download: As `load_engine` takes it.

    Raises:
        EngineError: There is no such tokenizer on this machine.
    """
    if model == "none" or model.startswith(("http://", "https://")):
        from nshot.prompting import PLAIN

        return PLAIN
    from transformers import AutoTokenizer

    from nshot.generation.loading import quiet, resolve

    with quiet():
        folder, name = resolve(model)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=not allow_download)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            cure = "name a folder" if Path(folder).is_dir() else "name a folder, or allow the download"
            raise EngineError(f"no tokenizer of {model!r}: {reason}; {cure}") from error
    return TokenizerFormat(tokenizer, name=name, chat=chat)
