"""Which model writes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.options.prompts import OWN

if TYPE_CHECKING:
    from nshot.generation import Engine, ModelSettings

WITHOUT_EFFECT = ("adapter", "concurrency", "timeout", "device", "context_length", "allow_download")
"""Arguments of `load_engine` that do not decide what a model writes; the adapter counts by its weights."""

LOCAL_BATCH = 64
"""Questions answered together by a model of transformers: with 4 beams as many rows as a batch may have."""


@dataclass(frozen=True)
class ModelOptions:
    """Which model writes."""

    model: Annotated[
        str,
        typer.Option(
            help="embedded (small, tuned for nshot, ships with it), embedded-base (the model beneath), a hub "
            "id, a folder, a .gguf file, or http(s)://host/v1 of any OpenAI-compatible server (key: "
            "NSHOT_API_KEY or OPENAI_API_KEY)."
        ),
    ] = "embedded"
    adapter: Annotated[
        Path | None,
        typer.Option(help="Folder of a LoRA adapter for the model; over embedded instead of its own."),
    ] = None
    dtype: Annotated[
        str, typer.Option(help="Precision of the weights: auto, float32, bfloat16 or float16.")
    ] = "auto"
    quantise: Annotated[str | None, typer.Option(help="nf4 loads the weights in 4 bits.")] = None
    device: Annotated[
        str, typer.Option(help="Where the model runs: auto (a GPU if there is one), cpu, cuda ...")
    ] = "auto"
    chat: Annotated[
        str | None, typer.Option(help=f"Use the model's chat template: auto, on or off. {OWN} auto.")
    ] = None
    backend: Annotated[str, typer.Option(help="What runs a .gguf file: transformers or llamacpp.")] = (
        "transformers"
    )
    server_model: Annotated[
        str | None, typer.Option(help="The model's name at the server. Default: the only one it has.")
    ] = None
    api: Annotated[str, typer.Option(help="Interface of the server: chat or completions.")] = "chat"
    concurrency: Annotated[int, typer.Option(help="Requests to a server under way at once.")] = 4
    request_timeout: Annotated[float, typer.Option(help="Seconds that a server may take to answer.")] = 120.0
    context_length: Annotated[
        int | None, typer.Option(help="Tokens of prompt and answer. Default: the model's; 8192 for a server.")
    ] = None
    allow_download: Annotated[
        bool,
        typer.Option(
            "--allow-download", help="Let a model that is not on this machine be fetched from the hub."
        ),
    ] = False

    def settings(self) -> dict[str, Any]:
        """The arguments of `load_engine`."""
        return {
            "model": self.model,
            "adapter": self.adapter,
            "dtype": self.dtype,
            "quantise": self.quantise,
            "device": self.device,
            "chat": self.model_settings().chat,
            "backend": self.backend,
            "server_model": self.server_model,
            "api": self.api,
            "concurrency": self.concurrency,
            "timeout": self.request_timeout,
            "context_length": self.context_length,
            "allow_download": self.allow_download,
        }

    def model_settings(self) -> ModelSettings:
        """How the model wants to be asked, else as any other; with the chat mode given here.

        Raises:
            EngineError: Its settings are damaged.
        """
        from nshot.generation.model_settings import ModelSettings, load_model_settings

        own = load_model_settings(self.model, self.adapter) or ModelSettings()
        own = own if self.local else own.unconstrained()
        return replace(own, chat=self.chat) if self.chat else own  # type: ignore[arg-type]

    def adapter_sha256(self) -> str | None:
        """Of the adapter's weights: a folder may change under its name."""
        from nshot.models.embedded_model import EMBEDDED, SHIPPED

        folder = SHIPPED if self.adapter is None and self.model == EMBEDDED else self.adapter
        if folder is None:
            return None
        digest = hashlib.sha256()
        for file in sorted(folder.glob("adapter_model.*")):
            digest.update(file.read_bytes())
        return digest.hexdigest()

    def identity(self, engine: str) -> str:
        """Digest of all that decides what the model writes: name, weights, adapter, precision, chat mode.

        Weights of a folder or file are told apart by size and time of change; a server is taken at its name.
        """
        asked = {name: value for name, value in self.settings().items() if name not in WITHOUT_EFFECT}
        place = Path(self.model)
        files = sorted(place.glob("*")) if place.is_dir() else [place] if place.is_file() else []
        weights = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        whole = repr((engine, sorted(asked.items()), self.adapter_sha256(), weights))
        return hashlib.sha256(whole.encode()).hexdigest()

    @property
    def local(self) -> bool:
        """Whether tokens are chosen in this process: servers and llama.cpp know no beams and constraints."""
        return not self.model.startswith(("http://", "https://")) and self.backend != "llamacpp"

    def together(self, batch: int | None, elsewhere: int) -> int:
        """How many questions are answered together: `batch` if given, else what suits the model.

        Args:
            batch: As asked for.
            elsewhere: For a server or llama.cpp, which gain nothing by more: less is lost when a run stops.
        """
        return batch or (LOCAL_BATCH if self.local else elsewhere)

    def engine(self) -> Engine:
        """The engine, loaded."""
        from nshot.generation import load_engine

        return load_engine(**self.settings())
