"""The engine protocol, and `load_engine`, which makes an engine from a model's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, get_args, runtime_checkable

from nshot.errors import FileMissingError, OptionError, UnknownNameError
from nshot.generation.cancellation import Cancellation, Cancellations
from nshot.generation.decode.batching import CACHE_BYTES, MAX_ROWS
from nshot.generation.decoding import Decoding
from nshot.generation.engines.config import EngineConfig
from nshot.generation.model_settings import ModelSettings, load_model_settings
from nshot.models import SERVER_CONTEXT, ChatMode
from nshot.options import Given
from nshot.types import Completion, Message, Prompt


@runtime_checkable
class Engine(Protocol):
    """Writes completions; also counts tokens and formats chat turns for the prompt builder."""

    @property
    def name(self) -> str:
        """Name shown to people and written to files: model, adapter and precision."""
        ...

    @property
    def context_length(self) -> int:
        """Maximum number of tokens of prompt and completion together."""
        ...

    @property
    def settings(self) -> ModelSettings | None:
        """The settings that the model was tuned with; None if they are unknown."""
        ...

    def count_tokens(self, text: str) -> int:
        """Number of tokens of a text when it is sent as a prompt."""
        ...

    def chat(self, content: str) -> str | None:
        """The text in the model's chat format as one user turn; None for a plain-text model."""
        ...

    def turns(self, messages: Sequence[Message]) -> str | None:
        """Several turns in the model's chat format; None for a plain-text model."""
        ...

    def generate(
        self, prompts: Sequence[Prompt], decoding: Decoding, cancellations: Cancellations | None = None
    ) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt, best first, prompts in the order given.

        A prompt that is cancelled leaves the batch within two tokens, or its request is closed; the
        others continue. Its candidates have no text, finish `error` and the error `cancelled`.

        Args:
            prompts: What is sent.
            decoding: How tokens are chosen.
            cancellations: One for each prompt; other threads may set them while this runs.
        """
        ...

    def stream(
        self, prompt: Prompt, decoding: Decoding, cancellation: Cancellation | None = None
    ) -> Iterator[str]:
        """Yields one completion in pieces, as they are written.

        Raises:
            AnswerCancelledError: The flag is set; within two tokens.
        """
        ...


@runtime_checkable
class Resident(Protocol):
    """An engine whose model is in this process."""

    def warm_up(self) -> None:
        """Loads what is otherwise loaded when it is first needed."""
        ...

    def release(self) -> None:
        """Gives back memory that is only needed while it answers; not while it does."""
        ...


@runtime_checkable
class SettlesEach(Protocol):
    """An engine that knows the candidates of one prompt before those of others."""

    def generate_each(
        self,
        prompts: Sequence[Prompt],
        decoding: Decoding,
        cancellations: Cancellations | None,
        on_done: Callable[[int, list[Completion]], object],
    ) -> None:
        """As `Engine.generate`, with a call for each prompt as soon as its candidates are settled.

        Args:
            prompts: What is sent.
            decoding: How tokens are chosen.
            cancellations: As in `generate`.
            on_done: Gets the place of a prompt and its candidates, unless the prompt was cancelled.
                It must not block.
        """
        ...


def load_engine(
    model: str | Path | EngineConfig = "embedded",
    *,
    chat: ChatMode | None = None,
    max_rows: int = MAX_ROWS,
    cache_bytes: int = CACHE_BYTES,
    **options: Any,
) -> Engine:
    """Load an engine that is ready to generate.

    Args:
        model: As `EngineConfig.model` takes it, or a whole config.
        chat: Whether prompts get the tokenizer's chat template; `auto`: if it has one. None: as the
            model's own settings say, else `auto`.
        max_rows: Rows of a batch (prompts x candidates).
        cache_bytes: Memory for the KV cache of a batch's prompts and of their first new tokens.
        **options: Other fields of `EngineConfig`, by option name.

    Raises:
        EngineError: The model cannot be loaded, its settings are damaged, or the server does not
            answer.
        OptionError: Options contradict each other.
        FileMissingError: A `.gguf` file or an adapter does not exist.
    """
    config = model if isinstance(model, EngineConfig) else EngineConfig(model=str(model))
    if isinstance(options.get("adapter"), str):
        options["adapter"] = Path(options["adapter"])
    if options:
        config = Given(EngineConfig, options).over(config)
    if chat is not None and chat not in get_args(ChatMode):
        raise UnknownNameError("chat mode", chat, get_args(ChatMode), option="chat")
    if config.is_server:
        return _server(config, chat)
    source, adapter = config.model, config.adapter
    if adapter is not None and not adapter.is_dir():
        raise FileMissingError("adapter folder", adapter)
    if source.endswith(".gguf") and not Path(source).is_file():
        raise FileMissingError("model file", source)
    settings = load_model_settings(source, adapter)
    mode = chat or (settings.chat if settings else "auto")
    if config.backend == "llamacpp":
        return _llamacpp(config, mode, settings)
    from nshot.generation.engines.loading import load_local

    return load_local(config, chat=mode, max_rows=max_rows, cache_bytes=cache_bytes, settings=settings)


def _server(config: EngineConfig, chat: ChatMode | None) -> Engine:
    if chat not in (None, "auto"):
        raise OptionError(
            "`chat` belongs to local models; leave it out (for plain text without a chat template, give "
            "`api` completions)",
            option="chat",
        )
    from nshot.generation.engines.server.openai_engine import ServerEngine

    return ServerEngine(
        config.model,
        config.server_model,
        api=config.api,
        context_length=config.context_length or SERVER_CONTEXT,
        concurrency=config.concurrency,
        timeout=config.timeout,
        extra=config.extra_parameters(),
    )


def _llamacpp(config: EngineConfig, chat: ChatMode, settings: ModelSettings | None) -> Engine:
    if not config.model.endswith(".gguf") or config.adapter is not None or config.quantise is not None:
        raise OptionError("backend llamacpp runs a .gguf file without adapter and nf4; use transformers")
    from nshot.generation.engines.llamacpp import LlamaCppEngine

    return LlamaCppEngine(
        Path(config.model),
        chat=chat,
        context_length=config.context_length or 0,
        settings=settings and settings.without_constraints(),
    )
