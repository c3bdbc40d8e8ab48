"""An engine without weights: it counts and formats prompts like its model, but cannot write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nshot.errors import EngineError
from nshot.generation import Cancellation, Cancellations, Decoding, ModelSettings, Reading
from nshot.types import Completion, Message, Prompt

UNKNOWN_CONTEXT = 1 << 20
"""Context length in tokens of an unknown model, so that no prompt is shortened for it."""


class ReadingEngine:
    """What a pipeline needs to prepare prompts: a tokenizer and a context length."""

    def __init__(self, reading: Reading, name: str) -> None:
        self._text, self._name, self._settings = reading.text, name, reading.settings
        self._context_length = reading.context_length or UNKNOWN_CONTEXT

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_length(self) -> int:
        return self._context_length

    @property
    def settings(self) -> ModelSettings | None:
        return self._settings

    def count_tokens(self, text: str) -> int:
        return self._text.count_tokens(text)

    def chat(self, content: str) -> str | None:
        return self._text.chat(content)

    def turns(self, messages: Sequence[Message]) -> str | None:
        """The last message as one user turn, because a prompt needs no other turns."""
        return self._text.chat(messages[-1].content)

    def generate(
        self,
        prompts: Sequence[Prompt],
        decoding: Decoding,
        cancellations: Cancellations | None = None,  # noqa: ARG002
    ) -> list[list[Completion]]:
        """Raises EngineError: there are no weights."""
        del prompts, decoding
        raise EngineError(f"{self._name} was loaded to read prompts, not to write")

    def stream(
        self,
        prompt: Prompt,
        decoding: Decoding,
        cancellation: Cancellation | None = None,  # noqa: ARG002
    ) -> Iterator[str]:
        """Raises EngineError: there are no weights."""
        del prompt, decoding
        raise EngineError(f"{self._name} was loaded to read prompts, not to write")
