"""Base and adapter as models: as they were trained, and merged into one."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import EngineError
from nshot.models.adapter import PEFT_CONFIG, WEIGHTS, peft_quietly
from nshot.models.base_model import first_line, quiet, resolve
from nshot.training.export.source import TrainedAdapter, read_config
from nshot.training.tuning.model import load_frozen


class Loaded(NamedTuple):
    """A model that can write."""

    model: Any
    tokenizer: Any
    name: str
    """For people."""


def as_trained(source: TrainedAdapter, adapter: Path | None = None) -> Loaded:
    """The base with the adapter over it, computed in float32: what bfloat16 adds is noise of its own.

    A base that training rounded to 4 bits (QLoRA) is rounded here, too: that is what the adapter was trained
    over. A base that is stored in a few bits stays as it is.

    Args:
        source: What was trained.
        adapter: In place of its adapter.

    Raises:
        EngineError: One of the two cannot be loaded.
    """
    stored = stored_in_few_bits(source)
    part = source.model
    if not stored and source.quantise.kind == "none":
        part = replace(part, dtype="float32")
    with quiet(), peft_quietly():
        base, tokenizer, name = load_frozen(part, replace(source.quantise, keep="unpacked"))
        base = base if stored else base.float()
        return Loaded(_over(base, adapter or source.adapter), tokenizer, name)


def merged(source: TrainedAdapter) -> Loaded:
    """The same as one model without adapter, on the CPU.

    Raises:
        EngineError: The base is stored in a few bits, or one of the two cannot be loaded.
    """
    if stored_in_few_bits(source):
        raise EngineError(
            f"the base {source.model.source} is stored in a few bits: merging would round its sum with the "
            "adapter anew, and so most of what the adapter learnt away; name the base in full precision by "
            "`model`"
        )
    on_cpu = replace(source, model=replace(source.model, device="cpu"))
    adapted, tokenizer, name = as_trained(on_cpu)
    with peft_quietly():
        return Loaded(adapted.merge_and_unload(), tokenizer, name)


def stored_in_few_bits(source: TrainedAdapter) -> bool:
    """Whether the base's own files are quantised.

    Raises:
        EngineError: It cannot be found.
    """
    from transformers import AutoConfig

    folder, name = resolve(source.model.source)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=not source.model.allow_download)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"the base {name} cannot be loaded: {first_line(error)}; name its folder by `model`, or give "
            "`allow_download`"
        ) from error
    return getattr(config, "quantization_config", None) is not None


def save_merged(loaded: Loaded, folder: Path, dtype: str) -> None:
    """The model as a folder of transformers, with tokenizer and generation configuration."""
    import torch

    with quiet():
        loaded.model.to(getattr(torch, dtype)).save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)


def save_adapter(source: TrainedAdapter, name: str, folder: Path, dtype: str | None) -> None:
    """The adapter in peft's layout, without paths of this machine.

    Args:
        source: What was trained.
        name: Of its base, for people.
        folder: Where to.
        dtype: Of the numbers; None: as they are.

    Raises:
        EngineError: As `read_weights` does.
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
        EngineError: They are damaged, or hold numbers that are none.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Any] = load_file(adapter / WEIGHTS)
    except SafetensorError as error:
        raise EngineError(f"{adapter / WEIGHTS} is damaged: {first_line(error)}") from error
    if bad := [key for key, one in tensors.items() if not math.isfinite(float(one.float().abs().max()))]:
        raise EngineError(f"{adapter} holds numbers that are none, first in {bad[0]}; train anew")
    return tensors


def _over(base: Any, adapter: Path) -> Any:
    from peft import PeftModel

    try:
        return PeftModel.from_pretrained(
            base, str(adapter), autocast_adapter_dtype=False, local_files_only=True
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise EngineError(
            f"adapter {adapter} does not fit this base: {first_line(error)}; name its own base by `model`"
        ) from error
