"""The choice of a model, and where it runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from nshot.errors import IdleOptionError, OptionError, UnknownNameError
from nshot.generation.engines.server.address import ServerAddress
from nshot.models import Api, Backend, Dtype, find_adapter, is_url, read_adapted
from nshot.options import check_seconds, option
from nshot.redaction import redact

Quantise = Literal["nf4"]
_OWN = frozenset(("model", "messages", "prompt", "stream"))
_EXAMPLE = '{"reasoning_effort": "low"}'


@dataclass(frozen=True)
class EngineConfig:
    """A model and how it is run; checked on construction, without loading anything.

    Raises:
        OptionError: A value is out of range, or options contradict each other.
    """

    PANEL: ClassVar = "Model"

    model: str = option("embedded", common=True)
    """embedded (small, tuned for nshot, ships with it), embedded-base (its base model), a hub id, a
    folder (of a whole model, or what nshot adapt wrote), a .gguf file, or http(s)://host/v1 of any
    OpenAI-compatible server (key: NSHOT_API_KEY or OPENAI_API_KEY)."""
    adapter: Path | None = option(None)
    """Folder of a LoRA adapter (peft) for the model, or of a training, whose best adapter is taken.
    With embedded it replaces the shipped adapter."""
    dtype: Dtype = option("auto")
    """Precision of the weights. auto: int8 for the embedded model on a CPU, else bfloat16 where the
    hardware has it, else float32. int8 is for Llama models in a folder, on a CPU."""
    quantise: Quantise | None = option(None)
    """nf4: load the weights in 4 bits."""
    device: str = option("auto", affects_predictions=False)
    """Where the model runs: auto (a GPU if there is one), cpu, cuda ..."""
    backend: Backend = option("transformers")
    """Engine that runs a .gguf file."""
    server_model: str | None = option(None)
    """The model's name at the server. By default the only one that it lists."""
    api: Api = option("chat")
    """Interface of the server: chat or completions."""
    concurrency: int = option(4, affects_predictions=False)
    """Maximum number of requests to a server at the same time."""
    timeout: float = option(120.0, name="request_timeout", affects_predictions=False)
    """Seconds to wait for an answer of a server."""
    extra_body: str | None = option(None)
    """JSON object of further parameters for the server, which take precedence; null leaves one out:
    {"reasoning_effort": "low"}."""
    context_length: int | None = option(None)
    """Tokens of prompt and answer. By default the model's; 8192 for a server."""
    allow_download: bool = option(False, affects_predictions=False)
    """Let a model that is not on this machine be fetched from the hub."""

    def __post_init__(self) -> None:
        if not self.model.strip():
            raise OptionError("`model` is empty; name one, such as embedded", option="model")
        _check("dtype", self.dtype, get_args(Dtype))
        _check("backend", self.backend, get_args(Backend))
        _check("server interface", self.api, get_args(Api), option="api")
        _check("quantisation", self.quantise or "none", ("none", "nf4"), option="quantise")
        check_seconds("request_timeout", self.timeout)
        if not self.is_server and (adapted := read_adapted(Path(self.model))) is not None:
            object.__setattr__(self, "adapter", self.adapter or Path(self.model))
            object.__setattr__(self, "model", adapted.base)
        if self.adapter is not None:
            object.__setattr__(self, "adapter", find_adapter(Path(self.adapter)))
        if self.context_length is not None and self.context_length < 1:
            raise OptionError(
                f"`context_length` must be at least 1 token, got {self.context_length}",
                option="context_length",
            )
        if self.is_server:
            ServerAddress.parse(self.model)
            self._check_server()
        elif self.server_model is not None:
            raise IdleOptionError(
                f"a server model is named, but {self.model!r} is not an http(s) address; leave it out",
                option="server_model",
                because=("model",),
            )
        elif self.extra_body is not None:
            raise IdleOptionError(
                f"`extra_body` is for a server, but {self.model!r} is not an http(s) address; leave it out",
                option="extra_body",
                because=("model",),
            )

    def __repr__(self) -> str:
        """As dataclasses have it, with the key or password of a server's address masked."""
        values = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self))
        return redact(f"{type(self).__name__}({values})")

    @property
    def is_server(self) -> bool:
        """Whether the model runs behind an OpenAI-compatible server."""
        return is_url(self.model)

    @property
    def in_process(self) -> bool:
        """Whether tokens are chosen in this process: servers and llama.cpp have no beams or
        constraints.
        """
        return not self.is_server and self.backend == "transformers"

    def extra_parameters(self) -> dict[str, Any]:
        """What `extra_body` adds to every request.

        Raises:
            OptionError: It is not a JSON object.
        """
        if self.extra_body is None:
            return {}
        try:
            found = json.loads(self.extra_body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise OptionError(
                f"`extra_body` is not JSON ({error}); write it like {_EXAMPLE}", option="extra_body"
            ) from error
        if not isinstance(found, dict):
            raise OptionError(
                f"`extra_body` must be a JSON object, such as {_EXAMPLE}, got {self.extra_body!r}",
                option="extra_body",
            )
        if own := sorted(found.keys() & _OWN):
            raise OptionError(
                f"`extra_body` may not set {', '.join(own)}: nshot sets it; leave it out", option="extra_body"
            )
        return found

    def _check_server(self) -> None:
        self.extra_parameters()
        for name in ("adapter", "quantise"):
            if getattr(self, name) is not None:
                raise IdleOptionError(
                    "an adapter and nf4 belong to local models; leave them out, and load them in the server",
                    option=name,
                    because=("model",),
                )
        for name, usual in (("dtype", "auto"), ("device", "auto"), ("backend", "transformers")):
            if getattr(self, name) != usual:
                raise IdleOptionError(
                    "`dtype`, `device` and `backend` belong to local models, and the server "
                    "decides them; leave them out",
                    option=name,
                    because=("model",),
                )


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check(noun: str, name: str, known: tuple[str, ...], *, option: str = "") -> None:
    if name not in known:
        raise UnknownNameError(noun, name, known, option=option or noun)
