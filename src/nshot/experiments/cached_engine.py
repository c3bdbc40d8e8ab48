"""An engine that calls another one only for completions that are not in a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

from nshot.artifacts import Advance
from nshot.experiments.store import CompletionStore, StoredCompletions, completion_key
from nshot.generation import Cancellation, Cancellations, Decoding, Engine, ModelSettings
from nshot.types import Completion, Message, Prompt


class CachedEngine:
    """The engine `inner` with a store of completions in front; itself an `Engine`."""

    def __init__(self, inner: Engine, store: CompletionStore, identity: str, batch: int = 16) -> None:
        """
        Args:
            inner: Writes missing completions.
            store: Open for writing.
            identity: Identity of the model: equal only if the completions would be the same.
            batch: Prompts that are computed and then stored together; at least 1.
        """
        self._inner, self._store, self._identity, self._batch = inner, store, identity, batch

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def context_length(self) -> int:
        return self._inner.context_length

    @property
    def settings(self) -> ModelSettings | None:
        return self._inner.settings

    def count_tokens(self, text: str) -> int:
        return self._inner.count_tokens(text)

    def chat(self, content: str) -> str | None:
        return self._inner.chat(content)

    def turns(self, messages: Sequence[Message]) -> str | None:
        return self._inner.turns(messages)

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        """Stream from the inner engine; streamed completions are not stored."""
        return self._inner.stream(prompt, decoding, cancellation)

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """Generate as `Engine.generate` does; equal prompts are computed once.

        With cancellations the inner engine is asked, and nothing is kept: an experiment cancels
        nothing.
        """
        if cancellations is not None:
            return self._inner.generate(prompts, decoding, cancellations)
        self.fill(prompts, decoding)
        return [list(self._store[self._key(prompt, decoding)].completions) for prompt in prompts]

    def seconds(self, prompt: Prompt, decoding: Decoding) -> float:
        """Time that the completions of a prompt took, whenever they were made; 0 if there are
        none."""
        key = self._key(prompt, decoding)
        return self._store[key].seconds if key in self._store else 0.0

    def list_missing(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Prompt]:
        """The prompts that are not in the store, each once, ordered by their texts.

        Neighbours in that order share the most leading tokens, which an engine may compute once.
        """
        wanted = {self._key(prompt, decoding): prompt for prompt in prompts}
        return sorted(
            (prompt for key, prompt in wanted.items() if key not in self._store), key=lambda p: p.text
        )

    def fill(self, prompts: Sequence[Prompt], decoding: Decoding, progress: Advance | None = None) -> None:
        """Compute what is missing, batch by batch; each batch is stored before the next begins."""
        waiting = self.list_missing(prompts, decoding)
        for start in range(0, len(waiting), self._batch):
            some = waiting[start : start + self._batch]
            begun = perf_counter()
            found = self._inner.generate(some, decoding)
            share = (perf_counter() - begun) / len(some)
            self._store.put(
                (self._key(prompt, decoding), StoredCompletions(tuple(completions), share))
                for prompt, completions in zip(some, found, strict=True)
            )
            if progress is not None:
                progress(len(some))

    def _key(self, prompt: Prompt, decoding: Decoding) -> str:
        return completion_key(prompt, decoding, self._identity)
