"""Loads the model to be tuned: base, quantisation, adapter."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import parse_json
from nshot.errors import EngineError, FileMissingError, OptionError, explain
from nshot.generation import ModelSettings
from nshot.models import (
    EMBEDDED,
    PEFT_CONFIG,
    BaseModel,
    TokenizerFormat,
    find_shipped_adapter,
    first_line,
    load_base,
    native_bfloat16,
    nf4_config,
    pick_device,
    pick_dtype,
    quiet,
    silence_peft,
)
from nshot.training.tuning.recipe.recipe import LoraPart, ModelPart, QuantisePart, Recipe

SCALE = {"r": "rank", "lora_alpha": "alpha", "use_rslora": "rslora", "use_dora": "dora"}
"""Settings of peft that decide the scale and the kind of an adapter, and their names in a recipe.
"""
BLOCK = 64
"""Number of weights that share a scale in nf4."""


class Tuned(NamedTuple):
    """A model with an adapter in training."""

    model: Any
    """The peft model."""
    text: TokenizerFormat
    name: str
    """Name of the base, for people."""
    settings: ModelSettings | None = None
    """The settings that are saved with the adapter; None if they are unknown."""

    @property
    def parameters(self) -> list[Any]:
        """The trained parameters, in a fixed order."""
        return [one for one in self.model.parameters() if one.requires_grad]


def load(recipe: Recipe, device: str | None = None) -> Tuned:
    """The base with its weights, quantised as in the recipe, and a new adapter from the recipe's
    seed.

    Args:
        recipe: The settings of the training.
        device: Replaces the recipe's device if that is `auto`.

    Raises:
        EngineError: The model cannot be loaded.
        OptionError: The recipe does not fit it.
    """
    import torch

    with quiet(), silence_peft():
        chosen = device if device is not None and recipe.model.device == "auto" else recipe.model.device
        base, tokenizer, name = load_frozen(replace(recipe.model, device=chosen), recipe.quantise)
        torch.manual_seed(recipe.optim.seed)
        model = add_adapter(base, recipe, name)
    return Tuned(model, TokenizerFormat(tokenizer, name=name, chat=recipe.model.chat), name)


def slow_numbers(model: Any) -> str:
    """A note if this processor has no native arithmetic for the model's dtype; else empty."""
    first = next(model.parameters())
    if str(first.dtype) != "torch.bfloat16" or first.device.type != "cpu" or native_bfloat16():
        return ""
    return (
        "this processor has no bfloat16 and computes it several times slower than float32; "
        "set model.dtype to float32 or auto"
    )


def add_adapter(base: Any, recipe: Recipe, name: str) -> Any:
    """The peft model around a base; its adapter has the base's dtype.

    Raises:
        OptionError: The model has no such layers, or its attention window is shorter than a row may
            be.
    """
    from peft import LoraConfig, get_peft_model

    check_window(base.config, recipe, name)
    layers, frozen, part = base.config.num_hidden_layers, recipe.freeze_layers, recipe.lora
    if frozen >= layers:
        raise OptionError(
            f"freeze_layers must be at most {layers - 1}, so that a layer is tuned, got {frozen}"
        )
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=part.rank,
        lora_alpha=part.alpha,
        lora_dropout=part.dropout,
        target_modules=list(part.targets),
        use_rslora=part.rslora,
        use_dora=part.dora,
        init_lora_weights=True if part.init == "default" else part.init,
        layers_to_transform=list(range(frozen, layers)) if frozen else None,
    )
    try:
        model = get_peft_model(base, config, autocast_adapter_dtype=False)
    except (ValueError, RuntimeError) as error:  # such as pissa, which needs weights that are not packed
        raise OptionError(f"[lora] does not fit {name}: {first_line(error)}; correct its targets") from error
    model.peft_config["default"].base_model_name_or_path = name  # a name, not this machine's path
    if part.start:
        load_adapter_weights(model, find_start(part.start))
    return model


def find_start(start: str) -> Path:
    """The folder of the adapter that a training starts from; `embedded` is the one that ships.

    Raises:
        EngineError: This installation lacks the weights of the shipped adapter.
    """
    return find_shipped_adapter() if start == EMBEDDED else Path(start)


def read_lora(start: str) -> LoraPart:
    """The section `lora` of a recipe that starts from a saved adapter: its rank, scale, layers and
    kind.

    Args:
        start: As `LoraPart.start`.

    Raises:
        EngineError: The adapter's configuration is damaged.
    """
    path = find_start(start) / PEFT_CONFIG
    try:
        kept = parse_json(path.read_text(encoding="utf-8"))
        scale = {ours: kept[theirs] for theirs, ours in SCALE.items()}
        targets = kept["target_modules"]
        return LoraPart(**scale, targets=tuple(sorted(targets)), start=start)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{path} cannot be read ({explain(error)}); copy the adapter again") from error


def check_window(config: Any, recipe: Recipe, name: str) -> None:
    """Refuses a model whose sliding window may be shorter than a row.

    Packs let a token see all of its row before it, so a row must not be longer than a sliding
    window.

    Raises:
        OptionError: A row may be longer than the window.
    """
    window = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or ("sliding_attention",)
    if not window or getattr(config, "use_sliding_window", True) is False:
        return
    if "sliding_attention" in kinds and recipe.optim.tokens_per_pack > window:
        raise OptionError(
            f"{name} attends to the last {window} tokens, but a row may have {recipe.optim.tokens_per_pack}; "
            f"set optim.tokens_per_pack to at most {window}"
        )


def load_adapter_weights(model: Any, folder: Path) -> None:
    """Loads the weights of a saved adapter into a new one.

    Raises:
        FileMissingError: There is no adapter in the folder.
        OptionError: The adapter has another rank, other targets or other layers.
    """
    from peft import get_peft_model_state_dict, set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    file = folder / "adapter_model.safetensors"
    if not file.is_file():
        raise FileMissingError(
            "adapter", file, "set [lora] start to the folder of an adapter, such as an earlier stage's last/"
        )
    _check_scale(model, folder)
    try:
        weights = load_file(file)
    except SafetensorError as error:
        raise EngineError(f"[lora] start: {file} is damaged: {first_line(error)}; copy it again") from error
    own = get_peft_model_state_dict(model, save_embedding_layers=False)  # "auto" asks the hub
    wanted = {name: tuple(one.shape) for name, one in own.items()}
    found = {name: tuple(one.shape) for name, one in weights.items()}
    other = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if other:
        raise OptionError(
            f"[lora] start = {str(folder)!r} is an adapter of another shape: {len(other)} tensors differ, "
            f"first {other[0]} with {found.get(other[0])} instead of {wanted.get(other[0])}; give rank, "
            "targets and freeze_layers as it has them"
        )
    set_peft_model_state_dict(model, weights)


def _check_scale(model: Any, folder: Path) -> None:
    """Refuses an adapter whose scale differs from the model's: the same weights would have another
    effect.

    Raises:
        EngineError: The adapter's configuration is damaged.
        OptionError: The adapter has another rank, scale or kind.
    """
    path, own = folder / PEFT_CONFIG, model.peft_config["default"]
    try:
        kept = parse_json(path.read_text(encoding="utf-8"))
        found = {name: kept[name] for name in SCALE}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(
            f"[lora] start: {path} cannot be read ({explain(error)}); copy the adapter again"
        ) from error
    other = [name for name in SCALE if found[name] != getattr(own, name)]
    if other:
        kinds = ", ".join(f"{SCALE[name]} {found[name]} instead of {getattr(own, name)}" for name in other)
        raise OptionError(
            f"[lora] start = {str(folder)!r} is another kind of adapter: {kinds}; set these as it has them"
        )


def load_frozen(part: ModelPart, quantise: QuantisePart) -> BaseModel:
    """The base as it is while an adapter is trained over it: quantised if asked, nothing of it
    trainable.

    Raises:
        EngineError: It cannot be loaded.
    """
    device = pick_device(part.device)
    dtype = pick_dtype(part.dtype, device)
    compute = dtype if quantise.compute == "auto" else quantise.compute
    nf4 = quantise.kind == "nf4"
    packed = nf4 and quantise.keep == "packed"
    base = load_base(
        part.source,
        dtype=compute if nf4 and not packed else dtype,
        device=device,
        quantization=nf4_config(compute, double=quantise.double, storage=compute) if packed else None,
        allow_download=part.allow_download,
    )
    for one in base.model.parameters():
        one.requires_grad_(False)
    if nf4 and not packed:
        round_to_nf4(base.model, double=quantise.double)
    _keep_as_quantised(base.model)
    return base


def _keep_as_quantised(base: Any) -> None:
    """Keeps bitsandbytes from rounding the scales of 4-bit weights again when a model first
    generates on a CPU: an evaluation would change the weights in training."""
    for module in base.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def round_to_nf4(base: Any, *, double: bool) -> None:
    """Rounds each linear layer except the head to nf4 and back, in place: the weights QLoRA
    computes with.
    """
    import torch
    from bitsandbytes.functional import dequantize_4bit, quantize_4bit

    head = base.get_output_embeddings()
    with torch.no_grad(), warnings.catch_warnings():
        for module in base.modules():
            if isinstance(module, torch.nn.Linear) and module is not head:
                weight = module.weight.data
                codes, state = quantize_4bit(
                    weight.contiguous(), blocksize=BLOCK, compress_statistics=double, quant_type="nf4"
                )
                weight.copy_(dequantize_4bit(codes, state).to(weight.dtype))
