"""Loads base and adapter as they were trained or merged into one model, and saves them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import EngineError
from nshot.models import PEFT_CONFIG, WEIGHTS, first_line, quiet, resolve, silence_peft
from nshot.training.export.source import TrainedAdapter, read_config
from nshot.training.tuning.model import load_frozen


class Loaded(NamedTuple):
    """A loaded model with its tokenizer."""

    model: Any
    tokenizer: Any
    name: str
    """The name in messages."""


def load_trained(source: TrainedAdapter, adapter: Path | None = None) -> Loaded:
    """The base with its adapter, in float32, so that rounding to bfloat16 changes no answer.

    A base that the training rounded to 4 bits (QLoRA) is rounded here, too, as the adapter was
    trained on it. A base that is stored in 4 or 8 bits stays as it is.

    Args:
        source: The trained adapter.
        adapter: A folder in place of the source's adapter.

    Raises:
        EngineError: Base or adapter cannot be loaded.
    """
    stored = is_stored_quantised(source)
    part = source.model
    if not stored and source.quantise.kind == "none":
        part = replace(part, dtype="float32")
    with quiet(), silence_peft():
        base, tokenizer, name = load_frozen(part, replace(source.quantise, keep="unpacked"))
        base = base if stored else base.float()
        return Loaded(_add_adapter(base, adapter or source.adapter), tokenizer, name)


def load_merged(source: TrainedAdapter) -> Loaded:
    """Base and adapter merged into one model, on the CPU.

    Raises:
        EngineError: The base is stored in 4 or 8 bits, or base or adapter cannot be loaded.
    """
    if is_stored_quantised(source):
        raise EngineError(
            f"the base {source.model.source} is stored in few bits: merging would round away most of what "
            "the adapter learnt; give the base in full precision with `model`"
        )
    on_cpu = replace(source, model=replace(source.model, device="cpu"))
    adapted, tokenizer, name = load_trained(on_cpu)
    with silence_peft():
        return Loaded(adapted.merge_and_unload(), tokenizer, name)


def is_stored_quantised(source: TrainedAdapter) -> bool:
    """Whether the base's own files are quantised.

    Raises:
        EngineError: The base cannot be found.
    """
    from transformers import AutoConfig

    folder, name = resolve(source.model.source)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=not source.model.allow_download)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the base {name} cannot be loaded: {first_line(error)}; give its folder with `model`, or use "
            "`allow_download`"
        ) from error
    return getattr(config, "quantization_config", None) is not None


def save_merged(loaded: Loaded, folder: Path, dtype: str) -> None:
    """Saves the model as a folder of transformers, with tokenizer and generation configuration."""
    import torch

    with quiet():
        loaded.model.to(getattr(torch, dtype)).save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)


def save_adapter(source: TrainedAdapter, name: str, folder: Path, dtype: str | None) -> None:
    """Saves the adapter in peft's layout, without paths of this machine.

    Args:
        source: The trained adapter.
        name: Name of its base, for people.
        folder: The folder to write to.
        dtype: Dtype of the weights; None: unchanged.

    Raises:
        EngineError: As in `read_weights`.
    """
    import torch
    from safetensors.torch import save_file

    tensors = read_weights(source.adapter)
    if dtype is not None:
        tensors = {key: one.to(getattr(torch, dtype)) for key, one in tensors.items()}
    config = read_config(source.adapter) | {"inference_mode": True}
    named = str(config.get("base_model_name_or_path") or name)
    config["base_model_name_or_path"] = name if Path(named).is_absolute() or Path(named).exists() else named
    text = json.dumps(config, indent=2, sort_keys=True) + "\n"
    (folder / PEFT_CONFIG).write_text(text, encoding="utf-8")
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})


def read_weights(adapter: Path) -> dict[str, Any]:
    """The tensors of an adapter.

    Raises:
        EngineError: The file is damaged, or has values that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Any] = load_file(adapter / WEIGHTS)
    except SafetensorError as error:
        raise EngineError(
            f"{adapter / WEIGHTS} is damaged: {first_line(error)}; copy the adapter again"
        ) from error
    if bad := [key for key, one in tensors.items() if not math.isfinite(float(one.float().abs().max()))]:
        raise EngineError(f"{adapter} has values that are not finite, first in {bad[0]}; train again")
    return tensors


def _add_adapter(base: Any, adapter: Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(
            base, str(adapter), autocast_adapter_dtype=False, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise EngineError(
            f"adapter {adapter} does not fit this base: {first_line(error)}; give its own base with `model`"
        ) from error
