"""Loads local models (folders, hub ids, GGUF files, the embedded one) with their precision and
adapters.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nshot.errors import EngineError
from nshot.generation.decode.prefix_cache import PREFIX_BYTES
from nshot.generation.engines.check import check_adapter
from nshot.generation.engines.transformers_engine import DEFAULT_CONTEXT, TransformersEngine
from nshot.generation.llama.forward import load_llama
from nshot.generation.model_settings import ModelSettings, load_model_settings
from nshot.generation.openvino.loading import load_openvino
from nshot.models import (
    ADAPTER_NAME,
    EMBEDDED,
    EMBEDDED_BASE,
    SERVER_CONTEXT,
    BaseModel,
    TokenizerFormat,
    find_shipped_adapter,
    first_line,
    is_url,
    load_base,
    load_tokenizer,
    nf4_config,
    pick_device,
    pick_dtype,
    quiet,
    resolve,
    silence_peft,
    unloadable,
)

if TYPE_CHECKING:
    from nshot.generation.engines.config import EngineConfig
    from nshot.models import ChatMode
    from nshot.prompting import TextFormat

INT8: Final = "int8"
"""The dtype of models that OpenVINO runs."""


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
        EngineError: The model or the adapter cannot be loaded, with the reason of transformers or
            peft.
    """
    source, adapter, nf4 = config.model, config.adapter, config.quantise == "nf4"
    place = pick_device(config.device)
    tuned = adapter.name if adapter is not None else ""
    if source == EMBEDDED and adapter is None:
        adapter, tuned = find_shipped_adapter(), ADAPTER_NAME
    if adapter is not None:
        check_adapter(adapter)
    with quiet():
        base, kind = None, INT8
        if config.dtype == INT8 or (config.dtype == "auto" and source in (EMBEDDED, EMBEDDED_BASE)):
            base = _load_int8(source, adapter) if place == "cpu" and not nf4 else None
        if base is None:
            if config.dtype == INT8:
                raise EngineError(
                    "`dtype` int8 needs OpenVINO (pip install openvino), a CPU and a Llama in a folder; "
                    f"{source!r} cannot be loaded so; leave `dtype` at auto"
                )
            kind = pick_dtype(config.dtype, place)
            base = _load_packed(source, adapter, kind) if place == "cpu" and not nf4 else None
        if base is None:
            base = load_base(
                source,
                dtype=kind,
                device=place,
                quantization=nf4_config(kind) if nf4 else None,
                allow_download=config.allow_download,
            )
            if adapter is not None:
                merge = kind == "float32" and not nf4
                base = base._replace(model=_add_adapter(base.model, adapter, merge=merge))
    label = "+".join([base.name, *([tuned] if tuned else []), "nf4" if nf4 else kind])
    return TransformersEngine(
        base.model,
        base.tokenizer,
        name=label,
        chat=chat,
        context_length=config.context_length,
        max_rows=max_rows,
        cache_bytes=cache_bytes,
        prefix_bytes=PREFIX_BYTES,
        settings=settings,
    )


def _load_int8(source: str, adapter: Path | None) -> BaseModel | None:
    """A Llama in a folder or a .gguf file in 8 bits; None if it cannot be loaded so."""
    return _load_folder(source, lambda folder: load_openvino(folder, adapter))


def _load_packed(source: str, adapter: Path | None, dtype: str) -> BaseModel | None:
    """A Llama in a folder or a .gguf file, with our own forward pass; None if transformers has to
    load it.
    """
    return _load_folder(source, lambda folder: load_llama(folder, adapter, dtype))


def _load_folder(source: str, load: Callable[[Path], Any]) -> BaseModel | None:
    """What a function loads from the model's folder, with the tokenizer; None if one cannot be
    loaded.
    """
    folder, name = resolve(source)
    model = load(Path(folder)) if Path(folder).is_dir() else None
    if model is None:
        return None
    try:
        tokenizer = load_tokenizer(Path(folder))
    except unloadable():
        return None
    return BaseModel(model, tokenizer, name)


class Reading(NamedTuple):
    """How a model reads prompts: its tokenizer, context and settings."""

    text: TextFormat
    context_length: int | None
    """Maximum number of tokens of prompt and completion together; None if unknown."""
    settings: ModelSettings | None = None
    """The settings that the model was tuned with; None if unknown."""


def load_reading(
    model: str = "embedded",
    *,
    adapter: Path | None = None,
    chat: ChatMode | None = None,
    context_length: int | None = None,
    allow_download: bool = False,
) -> Reading:
    """How a model reads prompts, without loading its weights: the prompts are those of its engine.

    Args:
        model: As `load_engine` takes it; a server, whose tokenizer is unknown, and `none` give an
            estimate.
        adapter: As `load_engine` takes it; only its settings are read.
        chat: As `load_engine` takes it.
        context_length: As `load_engine` takes it.
        allow_download: As `load_engine` takes it.

    Raises:
        EngineError: There is no such tokenizer on this machine, or the model's settings are
            damaged.
    """
    settings = load_model_settings(model, adapter)
    if model == "none":
        from nshot.prompting import PLAIN

        return Reading(PLAIN, context_length, settings)
    if is_url(model):
        from nshot.generation.engines.server.openai_engine import ServerEngine

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


def _add_adapter(model: Any, adapter: Path, *, merge: bool) -> Any:
    """The model with a LoRA adapter; merged into the weights in float32, where that loses
    nothing."""
    try:
        with silence_peft():
            from peft import PeftModel

            adapted = PeftModel.from_pretrained(model, str(adapter))
    except unloadable(KeyError, TypeError) as error:  # of a configuration that is none
        raise EngineError(
            f"adapter {adapter} does not fit this model: {first_line(error)}; give its own base (`model`)"
        ) from error
    return adapted.merge_and_unload() if merge else adapted
