"""Loading of local models: folders, hub ids, GGUF files and the embedded one; precision and adapters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.errors import EngineError
from nshot.generation.engines.transformers_engine import DEFAULT_CONTEXT, TransformersEngine
from nshot.generation.model_settings import ModelSettings, load_model_settings
from nshot.models.adapter import PEFT_CONFIG, WEIGHTS, peft_quietly
from nshot.models.embedded_model import ADAPTER_NAME, EMBEDDED, EMBEDDED_BASE, shipped_adapter
from nshot.models.gguf import EMBEDDED_NAME, embedded_file, unpacked
from nshot.models.modes import SERVER_CONTEXT
from nshot.models.tokenizer import TokenizerFormat

if TYPE_CHECKING:
    from nshot.generation.engines.config import EngineConfig
    from nshot.models.modes import ChatMode
    from nshot.prompting import TextFormat


def load_local(
    config: EngineConfig,
    *,
    chat: ChatMode,
    max_rows: int,
    cache_bytes: int,
    settings: ModelSettings | None = None,
) -> TransformersEngine:
    """Load the engine of a local model; see `load_engine`.

    Raises:
        EngineError: With the reason that transformers or peft gave, and what to do.
    """
    source, adapter, nf4 = config.model, config.adapter, config.quantise == "nf4"
    place = pick_device(config.device)
    kind = pick_dtype(config.dtype, place)
    tuned = adapter.name if adapter is not None else ""
    if source == EMBEDDED and adapter is None:
        adapter, tuned = shipped_adapter(), ADAPTER_NAME
    if adapter is not None:
        _check_adapter(adapter)
    with quiet():
        folder, name = resolve(source)
        model, tokenizer = _load(folder, kind, nf4, place, config.allow_download)
        if adapter is not None:
            model = _adapted(model, adapter, merge=kind == "float32" and not nf4)
    label = "+".join([name, *([tuned] if tuned else []), "nf4" if nf4 else kind])
    return TransformersEngine(
        model,
        tokenizer,
        name=label,
        chat=chat,
        context_length=config.context_length,
        max_rows=max_rows,
        cache_bytes=cache_bytes,
        settings=settings,
    )


class Reading(NamedTuple):
    """How a model reads."""

    text: TextFormat
    context_length: int | None
    """Tokens of prompt and completion together; None where it is unknown."""
    settings: ModelSettings | None = None
    """How the model wants to be asked; None where nothing is known."""


def load_reading(
    model: str = "embedded",
    *,
    adapter: Path | None = None,
    chat: ChatMode | None = None,
    context_length: int | None = None,
    allow_download: bool = False,
) -> Reading:
    """How a model reads, without loading its weights: the prompts are those that its engine would get.

    Args:
        model: As `load_engine` takes it; a server, whose tokenizer is unknown, and `none` give an estimate.
        adapter: As `load_engine` takes it; only its settings are read.
        chat: As `load_engine` takes it.
        context_length: As `load_engine` takes it.
        allow_download: As `load_engine` takes it.

    Raises:
        EngineError: There is no such tokenizer on this machine, or the model's settings are damaged.
    """
    settings = load_model_settings(model, adapter)
    if model == "none":
        from nshot.prompting import PLAIN

        return Reading(PLAIN, context_length, settings)
    if model.startswith(("http://", "https://")):
        from nshot.generation.engines.openai_engine import ServerEngine

        server = ServerEngine(model, "any", context_length=context_length or SERVER_CONTEXT)
        return Reading(server, server.context_length)
    from transformers import AutoConfig, AutoTokenizer

    with quiet():
        folder, name = resolve(model)
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=not allow_download)
            config = AutoConfig.from_pretrained(folder, local_files_only=not allow_download)
        except unloadable() as error:
            cure = "name a folder" if Path(folder).is_dir() else "name a folder, or allow the download"
            raise EngineError(f"no tokenizer of {model!r}: {first_line(error)}; {cure}") from error
    longest = getattr(config, "max_position_embeddings", None) or DEFAULT_CONTEXT
    mode = chat or (settings.chat if settings else "auto")
    return Reading(TokenizerFormat(tokenizer, name=name, chat=mode), context_length or longest, settings)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Transformers' progress bars are off inside."""
    from transformers.utils import logging

    was_on = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if was_on:
            logging.enable_progress_bar()


def resolve(source: str) -> tuple[str, str]:
    """Where transformers finds the model, adapters aside, and its name for people."""
    if source in (EMBEDDED, EMBEDDED_BASE):
        return str(unpacked(embedded_file())), EMBEDDED_NAME
    if source.endswith(".gguf"):
        return str(unpacked(Path(source))), Path(source).stem
    return source, Path(source).name if Path(source).is_dir() else source


def _load(source: str, dtype: str, nf4: bool, device: str, allow_download: bool) -> tuple[Any, Any]:
    options = _weight_options(dtype, nf4, device)
    try:
        return _from_pretrained(source, local_files_only=True, **options)
    except unloadable() as error:
        if Path(source).is_dir():
            raise EngineError(f"{source} holds no model that can be loaded: {first_line(error)}") from error
        if not allow_download:
            raise EngineError(
                f"model {source!r} is no folder and not in the local hub cache; name a folder or a .gguf "
                "file, or allow the download (`allow_download`)"
            ) from error
    try:
        return _from_pretrained(source, local_files_only=False, **options)
    except unloadable() as error:
        raise EngineError(f"model {source!r} could not be downloaded: {first_line(error)}") from error


def _from_pretrained(source: str, *, local_files_only: bool, **options: Any) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=local_files_only)
    model = AutoModelForCausalLM.from_pretrained(source, local_files_only=local_files_only, **options)
    return model, tokenizer


def _weight_options(dtype: str, nf4: bool, device: str) -> dict[str, Any]:
    import torch

    options: dict[str, Any] = {"dtype": getattr(torch, dtype), "device_map": {"": device}}
    if nf4:
        from transformers import BitsAndBytesConfig

        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=options["dtype"]
        )
    return options


def _check_adapter(folder: Path) -> None:
    """Nothing, where the folder holds one: peft would else ask the hub for what is missing."""
    weights = [name for name in (WEIGHTS, "adapter_model.bin") if (folder / name).is_file()]
    for name, found in ((PEFT_CONFIG, (folder / PEFT_CONFIG).is_file()), (WEIGHTS, bool(weights))):
        if not found:
            raise EngineError(f"{folder} holds no adapter: {name} is missing; name a folder that peft wrote")


def _adapted(model: Any, adapter: Path, *, merge: bool) -> Any:
    """The model with a LoRA adapter; merged into the weights where that loses nothing (float32)."""
    try:
        with peft_quietly():
            from peft import PeftModel

            adapted = PeftModel.from_pretrained(model, str(adapter))
    except unloadable(KeyError, TypeError) as error:  # of a configuration that is none
        raise EngineError(f"adapter {adapter} does not fit this model: {first_line(error)}") from error
    return adapted.merge_and_unload() if merge else adapted


def pick_device(device: str) -> str:
    """A device of this machine; `auto` is the fastest.

    Raises:
        EngineError: There is no such device here.
    """
    import torch

    if device != "auto":
        try:
            torch.empty(0, device=device)
        except (RuntimeError, AssertionError) as error:  # the latter where torch was built without it
            raise EngineError(
                f"no device {device!r} on this machine: {first_line(error)}; try auto"
            ) from error
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def pick_dtype(dtype: str, device: str) -> str:
    """The name of a torch dtype; `auto` looks at the hardware only, so that it is the same each time."""
    if dtype != "auto":
        return dtype
    return "bfloat16" if device != "cpu" or native_bfloat16() else "float32"


def native_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16; another one takes several times as long as in float32."""
    import torch

    found = torch.cpu.get_capabilities()
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def unloadable(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What transformers and peft raise for models that are not there, are damaged, or do not fit a device."""
    from safetensors import SafetensorError

    return (OSError, ValueError, RuntimeError, SafetensorError, *more)


def first_line(error: Exception) -> str:
    """The message's first line, without a full stop: more is put behind it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
