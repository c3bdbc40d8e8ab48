"""The engine protocol, and the one function that makes an engine from a model's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, Protocol, get_args, runtime_checkable

from nshot.errors import FileMissingError, OptionError, UnknownNameError
from nshot.generation.decode.batching import CACHE_BYTES, MAX_ROWS
from nshot.generation.decoding import Decoding
from nshot.generation.model_settings import ModelSettings, load_model_settings
from nshot.models.modes import SERVER_CONTEXT, Api, Backend, ChatMode, Dtype
from nshot.types import Completion, Message, Prompt


@runtime_checkable
class Engine(Protocol):
    """What writes completions. It also counts tokens and wraps chat turns for the prompt builder."""

    @property
    def name(self) -> str:
        """For people and files: model, adapter and precision."""
        ...

    @property
    def context_length(self) -> int:
        """Tokens that prompt and completion together may have."""
        ...

    @property
    def settings(self) -> ModelSettings | None:
        """How the model wants to be asked; None where nothing is known."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens that this text has when it is sent as a prompt."""
        ...

    def chat(self, content: str) -> str | None:
        """The text in the model's chat format as one user turn; None for a plain-text model."""
        ...

    def turns(self, messages: Sequence[Message]) -> str | None:
        """Several turns in the model's chat format; None for a plain-text model."""
        ...

    def generate(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[Completion]]:
        """`decoding.n` candidates for each prompt, best first, prompts in the order given."""
        ...

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        """One completion in pieces, as they are written."""
        ...


def load_engine(
    model: str | Path = "embedded",
    *,
    adapter: str | Path | None = None,
    dtype: Dtype = "auto",
    quantise: Literal["nf4"] | None = None,
    device: str = "auto",
    chat: ChatMode | None = None,
    backend: Backend = "transformers",
    allow_download: bool = False,
    server_model: str | None = None,
    api: Api = "chat",
    context_length: int | None = None,
    concurrency: int = 4,
    timeout: float = 120.0,
    max_rows: int = MAX_ROWS,
    cache_bytes: int = CACHE_BYTES,
) -> Engine:
    """An engine that is ready to generate.

    Args:
        model: `embedded` (with nshot's own adapter), `embedded-base` (without), `http(s)://host/v1`, a
            `.gguf` file, a folder, or a hub id.
        adapter: Folder of a LoRA adapter (peft); over `embedded` it takes the place of nshot's own.
        dtype: `auto` is float32 on a processor without native bfloat16, bfloat16 elsewhere.
        quantise: `nf4` loads the weights in 4 bits by bitsandbytes.
        device: A torch device, or `auto`: the first GPU, else the processor.
        chat: Whether prompts get the tokenizer's chat template; `auto`: if it has one. None: as the model
            wants to be asked, else `auto`.
        backend: What runs a `.gguf` file.
        allow_download: Lets transformers fetch a hub id that is not in the local cache.
        server_model: The model's name at the server; by default the only one that it lists.
        api: Which of the server's two interfaces is called.
        context_length: Overrides what the model's configuration says (8,192 for a server), tokens.
        concurrency: Requests to a server under way at once.
        timeout: Of one request to a server, seconds.
        max_rows: Rows of a batch (prompts x candidates).
        cache_bytes: Memory for the keys and values of a batch's prompts and of their first new tokens.

    Raises:
        EngineError: The model cannot be loaded, its settings are damaged, or the server does not answer.
        OptionError: Options that contradict each other.
        FileMissingError: A `.gguf` file or an adapter that is not there.
    """
    _check("chat mode", chat or "auto", get_args(ChatMode))
    _check("dtype", dtype, get_args(Dtype))
    if context_length is not None and context_length < 1:
        raise OptionError(f"context_length must be at least 1 token, got {context_length}")
    _check("backend", backend, get_args(Backend))
    _check("server interface", api, get_args(Api))
    _check("quantisation", quantise or "none", ("none", "nf4"))
    source = str(model)
    if source.startswith(("http://", "https://")):
        if adapter is not None or quantise is not None:
            raise OptionError("an adapter and nf4 belong to local models; load them in the server instead")
        if (dtype, device, backend, chat or "auto") != ("auto", "auto", "transformers", "auto"):
            raise OptionError(
                "dtype, device, backend and chat mode belong to local models; the server decides them "
                "(for plain text without a chat template: api completions)"
            )
        from nshot.generation.engines.openai_engine import ServerEngine

        return ServerEngine(
            source,
            server_model,
            api=api,
            context_length=context_length or SERVER_CONTEXT,
            concurrency=concurrency,
            timeout=timeout,
        )
    if server_model is not None:
        raise OptionError(f"a server model is named, but {source!r} is no http(s) address")
    if adapter is not None and not Path(adapter).is_dir():
        raise FileMissingError("adapter folder", adapter)
    if source.endswith(".gguf") and not Path(source).is_file():
        raise FileMissingError("model file", source)
    settings = load_model_settings(source, Path(adapter) if adapter is not None else None)
    mode = chat or (settings.chat if settings else "auto")
    if backend == "llamacpp":
        if not source.endswith(".gguf") or adapter is not None or quantise is not None:
            raise OptionError("backend llamacpp runs a .gguf file without adapter and nf4; use transformers")
        from nshot.generation.engines.llamacpp import LlamaCppEngine

        settings = settings and settings.unconstrained()
        return LlamaCppEngine(Path(source), chat=mode, context_length=context_length or 0, settings=settings)
    from nshot.generation.engines.loading import load_local

    return load_local(
        source,
        adapter=Path(adapter) if adapter is not None else None,
        dtype=dtype,
        nf4=quantise == "nf4",
        device=device,
        chat=mode,
        allow_download=allow_download,
        context_length=context_length,
        max_rows=max_rows,
        cache_bytes=cache_bytes,
        settings=settings,
    )


def _check(noun: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise UnknownNameError(noun, name, known)
