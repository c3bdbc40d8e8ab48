"""The sizes of a model built like Llama: read from config.json, written as GGUF metadata."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nshot.errors import EngineError

ARCHITECTURES = ("LlamaForCausalLM", "MistralForCausalLM")
CURE = "name llama.cpp's convert_hf_to_gguf.py by `converter`"


class Hyperparameters(NamedTuple):
    """The hyperparameters that llama.cpp reads from a GGUF file."""

    layers: int
    context: int
    """Tokens."""
    hidden: int
    intermediate: int
    heads: int
    key_heads: int
    head_width: int
    norm_epsilon: float
    rope_base: float
    rope_scale: float | None
    """Divisor of positions; None: there is no scaling."""
    rope_factors: tuple[float, ...] | None
    """Divisors of each rotary frequency (Llama 3.1)."""
    vocabulary: int
    """Rows of the embedding."""

    def write(self, writer: Any) -> None:
        """Adds the hyperparameters to a GGUFWriter."""
        from gguf import RopeScalingType

        writer.add_type("model")
        writer.add_block_count(self.layers)
        writer.add_context_length(self.context)
        writer.add_embedding_length(self.hidden)
        writer.add_feed_forward_length(self.intermediate)
        writer.add_head_count(self.heads)
        writer.add_head_count_kv(self.key_heads)
        writer.add_key_length(self.head_width)
        writer.add_value_length(self.head_width)
        writer.add_rope_dimension_count(self.head_width)
        writer.add_layer_norm_rms_eps(self.norm_epsilon)
        writer.add_rope_freq_base(self.rope_base)
        if self.rope_scale is not None:
            writer.add_rope_scaling_type(RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(self.rope_scale)
        writer.add_vocab_size(self.vocabulary)
        writer.add_quantization_version(2)


def read_hyperparameters(folder: Path) -> Hyperparameters:
    """The hyperparameters of the model in a folder of transformers.

    Raises:
        EngineError: The architecture is not Llama's, or it has another kind of rotary positions.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kinds = config.get("architectures") or ["unknown"]
    if kinds[0] not in ARCHITECTURES or config.get("hidden_act") != "silu":
        raise EngineError(
            f"a model of the kind {kinds[0]} with {config.get('hidden_act')} cannot be written as GGUF by "
            f"nshot, only {' and '.join(ARCHITECTURES)} with silu; {CURE}"
        )
    heads = config["num_attention_heads"]
    width = config.get("head_dim") or config["hidden_size"] // heads
    rope = {**(config.get("rope_scaling") or {}), **(config.get("rope_parameters") or {})}
    base = float(rope.get("rope_theta") or config.get("rope_theta") or 10_000.0)
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "linear", "llama3"):
        raise EngineError(f"rotary positions of the type {kind} cannot be written as GGUF by nshot; {CURE}")
    return Hyperparameters(
        layers=config["num_hidden_layers"],
        context=config["max_position_embeddings"],
        hidden=config["hidden_size"],
        intermediate=config["intermediate_size"],
        heads=heads,
        key_heads=config.get("num_key_value_heads") or heads,
        head_width=width,
        norm_epsilon=config["rms_norm_eps"],
        rope_base=base,
        rope_scale=float(rope["factor"]) if kind == "linear" else None,
        rope_factors=rope_divisors(rope, base, width) if kind == "llama3" else None,
        vocabulary=config["vocab_size"],
    )


def rope_divisors(rope: Mapping[str, Any], base: float, width: int) -> tuple[float, ...]:
    """The divisor of each rotary frequency in Llama 3.1
    (https://github.com/meta-llama/llama-models).

    Slow frequencies are divided by `factor`, fast ones by 1, and those between by an
    interpolation.
    """
    low, high, factor = rope["low_freq_factor"], rope["high_freq_factor"], rope["factor"]
    trained = rope["original_max_position_embeddings"]
    found = []
    for at in range(0, width, 2):
        turns = trained / (2 * math.pi * base ** (at / width))
        share = min(max((turns - low) / (high - low), 0.0), 1.0)
        found.append(1 / ((1 - share) / factor + share))
    return tuple(found)
