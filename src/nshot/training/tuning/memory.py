"""Parameters and memory of a training, estimated from the model's sizes alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from nshot.errors import EngineError, OptionError
from nshot.models import first_line, quiet, resolve, silence_peft
from nshot.training.tuning.model import add_adapter
from nshot.training.tuning.packing.packs import LabelledPack
from nshot.training.tuning.recipe.recipe import Recipe, Shape

BYTES = {"float32": 4.0, "bfloat16": 2.0, "float16": 2.0}
NF4, NF4_DOUBLE = 4.5 / 8, 4.127 / 8
"""Bytes of a weight with its share of the scales: for 64 weights a float32, or a little over one
byte.
"""
OPTIMISER = 12
"""Bytes for each trained parameter beside itself: float32 copy and two moments of AdamW."""


class Sizes(NamedTuple):
    """Numbers of parameters."""

    trainable: int
    frozen: int
    linear: int
    """Frozen parameters that nf4 quantises."""
    layers: int
    hidden: int
    intermediate: int
    heads: int


def sizes_of(model: Any) -> Sizes:
    """The sizes of a peft model, with or without its weights."""
    import torch

    config = model.config
    head = model.get_output_embeddings()
    trainable = sum(one.numel() for one in model.parameters() if one.requires_grad)
    frozen, linear = 0, 0
    for module in model.modules():
        own = sum(_weights(one) for one in module.parameters(recurse=False) if not one.requires_grad)
        frozen += own
        if isinstance(module, torch.nn.Linear) and module is not head:
            linear += own
    if head is not None and head.weight is model.get_input_embeddings().weight:
        frozen -= head.weight.numel()
    return Sizes(
        trainable,
        frozen,
        linear,
        config.num_hidden_layers,
        config.hidden_size,
        getattr(config, "intermediate_size", 4 * config.hidden_size),
        config.num_attention_heads,
    )


def plan_sizes(recipe: Recipe) -> Sizes:
    """The sizes of a model without its weights, from the recipe's shape or the model's
    configuration.

    Raises:
        EngineError: There is neither shape nor configuration.
        OptionError: The recipe does not fit the model.
    """
    import torch
    from transformers import AutoModelForCausalLM

    config = _config(recipe)
    plain = replace(recipe, lora=replace(recipe.lora, init="default", start=""))
    with quiet(), silence_peft(), torch.device("meta"):
        base = AutoModelForCausalLM.from_config(config)
        for one in base.parameters():
            one.requires_grad_(False)
        return sizes_of(add_adapter(base, plain, recipe.model.source))


def memory(sizes: Sizes, recipe: Recipe, dtype: str, batches: list[LabelledPack]) -> dict[str, float]:
    """Estimated bytes by purpose; the activations are those of the largest pack."""
    base = _base_bytes(sizes, recipe, dtype)
    adapter = sizes.trainable * (OPTIMISER + 4 + 2 * BYTES[dtype])
    most = max(activations(sizes, batch, BYTES[dtype], recipe) for batch in batches)
    return {"base": base, "adapter, gradients, AdamW": adapter, "activations": most}


def _base_bytes(sizes: Sizes, recipe: Recipe, dtype: str) -> float:
    if recipe.quantise.kind == "none" or recipe.quantise.keep == "unpacked":
        return sizes.frozen * BYTES[dtype]
    packed = NF4_DOUBLE if recipe.quantise.double else NF4
    return sizes.linear * packed + (sizes.frozen - sizes.linear) * BYTES[dtype]


def activations(sizes: Sizes, batch: LabelledPack, width: float, recipe: Recipe) -> float:
    """Bytes kept for the backward pass.

    For each token and layer: some hidden and intermediate vectors (more of them if the adapter has
    dropout) and the attention's probabilities. With gradient checkpointing: those of one layer, and
    every layer's input.
    """
    pack = batch.pack
    longest = max(map(len, pack.rows))
    hidden, intermediate = (16, 4) if recipe.lora.dropout else (8, 3)  # as measured, in a test
    vectors = pack.tokens * (hidden * sizes.hidden + intermediate * sizes.intermediate)
    seen = len(pack.prefix) ** 2 + len(pack.rows) * longest * (len(pack.prefix) + longest)
    layer = vectors + sizes.heads * seen
    if recipe.optim.recompute:
        return width * (layer + sizes.layers * pack.tokens * sizes.hidden)
    return width * sizes.layers * layer


def _weights(parameter: Any) -> int:
    """The number of weights in a parameter; bitsandbytes packs two or more of them into one
    element.
    """
    state = getattr(parameter, "quant_state", None)
    if state is not None:
        return int(state.shape.numel())
    return int(parameter.numel())


def _config(recipe: Recipe) -> Any:
    from transformers import AutoConfig

    if recipe.model.shape is not None:
        return _of_shape(recipe.model.shape)
    folder, _ = resolve(recipe.model.source)
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"neither weights nor configuration of {recipe.model.source!r} are on this machine "
            f"({first_line(error)}); give a folder, or the model's sizes in [model.shape]"
        ) from error


def _of_shape(shape: Shape) -> Any:
    from transformers import LlamaConfig

    if shape.hidden % shape.heads or shape.heads % shape.kv_heads:
        raise OptionError(
            "[model.shape] hidden must be a multiple of heads, and heads one of kv_heads; correct them"
        )
    return LlamaConfig(
        num_hidden_layers=shape.layers,
        hidden_size=shape.hidden,
        intermediate_size=shape.intermediate,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads,
        vocab_size=shape.vocabulary,
        tie_word_embeddings=shape.tied,
    )
