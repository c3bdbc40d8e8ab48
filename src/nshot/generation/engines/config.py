"""Which model writes, and where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from nshot.errors import OptionError, UnknownNameError
from nshot.models import Api, Backend, Dtype, is_url
from nshot.options import option

Quantise = Literal["nf4"]


@dataclass(frozen=True)
class EngineConfig:
    """A model and how it is run; checked when made, without loading anything.

    Raises:
        OptionError: A value is out of range, or options contradict each other.
    """

    model: str = option("embedded", common=True)
    """embedded (small, tuned for nshot, ships with it), embedded-base (the model beneath), a hub id, a
    folder, a .gguf file, or http(s)://host/v1 of any OpenAI-compatible server (key: NSHOT_API_KEY or
    OPENAI_API_KEY)."""
    adapter: Path | None = option(None)
    """Folder of a LoRA adapter (peft) for the model; over embedded in place of its own."""
    dtype: Dtype = option("auto")
    """Precision of the weights. auto: bfloat16 where the hardware has it, else float32."""
    quantise: Quantise | None = option(None)
    """nf4 loads the weights in 4 bits."""
    device: str = option("auto", affects_predictions=False)
    """Where the model runs: auto (a GPU if there is one), cpu, cuda ..."""
    backend: Backend = option("transformers")
    """What runs a .gguf file."""
    server_model: str | None = option(None)
    """The model's name at the server. By default the only one that it lists."""
    api: Api = option("chat")
    """Interface of the server."""
    concurrency: int = option(4, affects_predictions=False)
    """Requests to a server that run at once."""
    timeout: float = option(120.0, name="request_timeout", affects_predictions=False)
    """Seconds that a server may take to answer."""
    context_length: int | None = option(None)
    """Tokens of prompt and answer. By default the model's; 8192 for a server."""
    allow_download: bool = option(False, affects_predictions=False)
    """Let a model that is not on this machine be fetched from the hub."""

    def __post_init__(self) -> None:
        _check("dtype", self.dtype, get_args(Dtype))
        _check("backend", self.backend, get_args(Backend))
        _check("server interface", self.api, get_args(Api), option="api")
        _check("quantisation", self.quantise or "none", ("none", "nf4"), option="quantise")
        if self.context_length is not None and self.context_length < 1:
            raise OptionError(
                f"`context_length` must be at least 1 token, got {self.context_length}",
                option="context_length",
            )
        if self.is_server:
            self._check_server()
        elif self.server_model is not None:
            raise OptionError(
                f"a server model is named, but {self.model!r} is no http(s) address", option="server_model"
            )

    @property
    def is_server(self) -> bool:
        """Whether the model runs behind an OpenAI-compatible server."""
        return is_url(self.model)

    @property
    def in_process(self) -> bool:
        """Whether tokens are chosen in this process: servers and llama.cpp have no beams or constraints."""
        return not self.is_server and self.backend == "transformers"

    def _check_server(self) -> None:
        if self.adapter is not None or self.quantise is not None:
            raise OptionError("an adapter and nf4 belong to local models; load them in the server instead")
        if (self.dtype, self.device, self.backend) != ("auto", "auto", "transformers"):
            raise OptionError(
                "`dtype`, `device` and `backend` belong to local models; the server decides them"
            )


def _check(noun: str, name: str, known: tuple[str, ...], *, option: str = "") -> None:
    if name not in known:
        raise UnknownNameError(noun, name, known, option=option or noun)
