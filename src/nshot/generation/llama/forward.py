"""The forward pass of a Llama model (Touvron et al. 2023, https://arxiv.org/abs/2302.13971)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.generation.decode.attention import attention
from nshot.models import MergedWeights, Product, open_weights, pack

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.parts import SharedKV


LINEAR = re.compile(
    r"model\.layers\.\d+\.(self_attn\.[qkvo]_proj|mlp\.(gate|up|down)_proj)|lm_head", re.ASCII
)
"""Names of the linear maps, which an adapter may change."""
_COMPLETE = frozenset(
    "architectures attention_bias head_dim hidden_act hidden_size max_position_embeddings mlp_bias "
    "model_type num_attention_heads num_hidden_layers num_key_value_heads rms_norm_eps "
    "tie_word_embeddings".split()
)
"""What a configuration has to say so that no default is needed."""
_OLD = frozenset(("rope_scaling", "rope_theta", "auto_map"))
"""Names that transformers turns into others, or that ask for code of the folder's own."""


class LlamaOutput(NamedTuple):
    logits: torch.Tensor
    """(rows, tokens that are kept, vocabulary)."""


class _LlamaLayer(NamedTuple):
    before_attention: torch.Tensor
    """(hidden,): weight of the norm."""
    qkv: Product
    """Queries, keys and values, in this order: one product instead of three."""
    out: Product
    before_mlp: torch.Tensor
    gate_up: Product
    down: Product


class LlamaForward:
    """Computes the logits of a Llama model; called as the model of transformers is.

    The operations are those of transformers, and every intermediate result is rounded where
    transformers rounds it. So the logits in bfloat16 are the same, bit by bit.
    """

    reads_parts = True
    """`shared_kv` is read without another setting."""

    def __init__(
        self, config: Any, generation_config: Any, weights: MergedWeights, dtype: torch.dtype
    ) -> None:
        """Reads and packs the weights.

        Args:
            config: Of transformers, one for which `is_plain` holds.
            generation_config: Of transformers; names the end tokens.
            weights: Of this model.
            dtype: float32 or bfloat16.
        """
        import torch

        self.config, self.generation_config = config, generation_config
        self.device, self.dtype = torch.device("cpu"), dtype

        def read(*names: str) -> torch.Tensor:
            return torch.cat([weights.read(f"{name}.weight", dtype) for name in names])

        def layer(number: int) -> _LlamaLayer:
            place = f"model.layers.{number}"
            attend, mlp = f"{place}.self_attn", f"{place}.mlp"
            return _LlamaLayer(
                read(f"{place}.input_layernorm"),
                pack(read(*(f"{attend}.{name}_proj" for name in "qkv"))),
                pack(read(f"{attend}.o_proj")),
                read(f"{place}.post_attention_layernorm"),
                pack(read(f"{mlp}.gate_proj", f"{mlp}.up_proj")),
                pack(read(f"{mlp}.down_proj")),
            )

        with torch.inference_mode():
            self._embedding = read("model.embed_tokens")
            self._layers = [layer(number) for number in range(int(config.num_hidden_layers))]
            self._last_norm = read("model.norm")
            # Tied weights: the head is the embedding's matrix, packed once more in the layout of a product.
            apart = "lm_head.weight" in weights and not config.tie_word_embeddings
            self._head = pack(read("lm_head") if apart else self._embedding)
            self._cos, self._sin = rotations(config, dtype)
        self._epsilon = float(config.rms_norm_eps)
        self._heads, self._key_heads = int(config.num_attention_heads), int(config.num_key_value_heads)
        groups = self._heads // self._key_heads
        self._modules = [  # what `attention` reads of a layer of transformers
            SimpleNamespace(layer_idx=number, num_key_value_groups=groups, is_causal=True)
            for number in range(len(self._layers))
        ]

    def eval(self) -> LlamaForward:
        """Itself: there is no training mode."""
        return self

    def __call__(
        self,
        input_ids: torch.Tensor,
        *,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Any = None,
        shared_kv: SharedKV | None = None,
        logits_to_keep: int = 0,
        use_cache: bool = True,  # noqa: ARG002
    ) -> LlamaOutput:
        """The logits of the last tokens.

        Args:
            input_ids: (rows, new tokens).
            attention_mask: (rows, tokens before and new ones), 0 at padding; None: no padding.
            position_ids: (rows or 1, new tokens); None: they follow the tokens before.
            past_key_values: Keys and values of the tokens before; those of the new ones are added.
            shared_kv: What lies before the new tokens, where `past_key_values` has a row's new
                tokens alone.
            logits_to_keep: Number of last tokens whose logits are computed; 0: all.
            use_cache: As transformers has it; `past_key_values` decides.
        """
        import torch

        new = input_ids.shape[1]
        before = past_key_values.get_seq_length() if past_key_values is not None else 0
        if position_ids is None:
            position_ids = torch.arange(before, before + new)[None]
        # (rows, new tokens, 1, width of a head): one rotation for all heads of a token.
        rotation = self._cos[position_ids], self._sin[position_ids]
        mask = causal_mask(attention_mask, before, new)
        x = torch.nn.functional.embedding(input_ids, self._embedding)
        for number in range(len(self._layers)):
            x = self._attend(number, x, rotation, mask, past_key_values, shared_kv)
            x = self._feed_forward(number, x)
        return LlamaOutput(self._head(self._norm(x[:, -logits_to_keep:], self._last_norm)))

    def _attend(
        self,
        number: int,
        x: torch.Tensor,
        rotation: Sequence[torch.Tensor],
        mask: torch.Tensor | None,
        cache: Any,
        shared_kv: SharedKV | None,
    ) -> torch.Tensor:
        layer, (rows, new, _) = self._layers[number], x.shape
        # (rows, new, heads, width): query heads, key heads, value heads
        qkv = layer.qkv(self._norm(x, layer.before_attention))
        qkv = qkv.view(rows, new, self._heads + 2 * self._key_heads, -1)
        turned = _rotate(qkv[:, :, : -self._key_heads], *rotation).transpose(1, 2)
        # Queries and keys are rotated in one call, as their heads lie side by side; values never are. query
        # (rows, heads, new, width), key and value (rows, key heads, new, width): `attention` lets each key
        # head serve `groups` query heads.
        query, key = turned[:, : self._heads], turned[:, self._heads :]
        value = qkv[:, :, -self._key_heads :].transpose(1, 2)
        if cache is not None:
            key, value = cache.update(key, value, number)
        found, _ = attention(self._modules[number], query, key, value, mask, shared_kv=shared_kv)
        return x + layer.out(found.reshape(rows, new, -1))

    def _feed_forward(self, number: int, x: torch.Tensor) -> torch.Tensor:
        from torch.nn.functional import silu

        layer = self._layers[number]
        # (rows, new, 2 x intermediate) of one product, cut in two: SwiGLU (https://arxiv.org/abs/2002.05202).
        gate, up = layer.gate_up(self._norm(x, layer.before_mlp)).chunk(2, dim=-1)
        return x + layer.down(silu(gate) * up)

    def _norm(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        import torch

        # The weight apart: so the normed values are rounded before it, as in transformers.
        return weight * torch.nn.functional.rms_norm(x, (x.shape[-1],), None, self._epsilon)


def is_plain(config: Any) -> bool:
    """Whether this configuration of transformers is a Llama that `LlamaForward` computes."""
    rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
    return (
        getattr(config, "architectures", None) == ["LlamaForCausalLM"]
        and config.model_type == "llama"
        and config.hidden_act == "silu"
        and rope in ("default", "linear", "llama3")
        and not config.attention_bias
        and not config.mlp_bias
        and getattr(config, "quantization_config", None) is None
    )


def read_plain_config(folder: Path) -> tuple[Any, Any] | None:
    """The configurations of a folder's model and of its generation; None if it is no plain Llama.

    Files that say everything, as transformers writes them, are read without transformers: its
    classes for Llama take more than a second to import.

    Args:
        folder: As transformers writes it.

    Raises:
        Exception: transformers cannot read a file; it says why in its own words.
    """
    if (found := _read_complete_config(folder)) is not None:
        return found
    from transformers import AutoConfig, GenerationConfig

    config = AutoConfig.from_pretrained(str(folder), local_files_only=True)
    if not is_plain(config):
        return None
    if (folder / "generation_config.json").is_file():
        return config, GenerationConfig.from_pretrained(str(folder), local_files_only=True)
    return config, GenerationConfig.from_model_config(config)


def _read_complete_config(folder: Path) -> tuple[Any, Any] | None:
    """Like `read_plain_config`; None, too, if a file leaves something to a default, or is
    missing."""
    config, ends = (_read_object(folder / name) for name in ("config.json", "generation_config.json"))
    rope = config.get("rope_parameters")
    complete = (
        config.keys() >= _COMPLETE
        and not config.keys() & _OLD
        and isinstance(rope, dict)
        and rope.keys() == {"rope_type", "rope_theta"}
        and rope["rope_type"] == "default"
        and "eos_token_id" in ends
    )
    if not (complete and is_plain(made := SimpleNamespace(**config))):
        return None
    return made, SimpleNamespace(**ends)


def _read_object(file: Path) -> dict[str, Any]:
    """The object of a JSON file; empty if there is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def load_llama(folder: Path, adapter: Path | None, dtype: str) -> LlamaForward | None:
    """The model of a folder with an adapter merged; None if transformers has to load it.

    Args:
        folder: As transformers writes it.
        adapter: As peft writes it; None: no adapter.
        dtype: Name of a torch dtype.
    """
    import torch

    if dtype not in ("float32", "bfloat16") or not (folder / "config.json").is_file():
        return None
    try:
        if (found := read_plain_config(folder)) is None:
            return None
        config, ends = found
        with open_weights(folder, adapter, LINEAR) as weights:
            return None if weights is None else LlamaForward(config, ends, weights, getattr(torch, dtype))
    except Exception:  # noqa: BLE001 whatever is wrong with the files, transformers says it in its words
        return None


def rotations(config: Any, dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine of all positions, (positions, 1, width of a head) each.

    The first half of the sines is negative: a rotation exchanges the halves of a head, and the sign
    of the second half changes.
    """
    import torch

    rope = getattr(config, "rope_parameters", None) or {}
    positions = torch.arange(int(config.max_position_embeddings))
    if rope.get("rope_type", "default") == "default":
        width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        turns = 1.0 / rope.get("rope_theta", 10_000.0) ** (torch.arange(0, width, 2).float() / width)
        angles = positions[:, None].float() * turns
        both = torch.cat([angles, angles], dim=-1)
        cos, sin = both.cos().to(dtype), both.sin().to(dtype)
    else:
        from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

        cos, sin = LlamaRotaryEmbedding(config)(torch.empty(0, dtype=dtype), positions[None])
        cos, sin = cos[0], sin[0].clone()
    sin[:, : sin.shape[-1] // 2] *= -1
    return cos[:, None], sin[:, None]


def _rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """(rows, tokens, heads, width) turned by their positions (https://arxiv.org/abs/2104.09864)."""
    # The halves of each head change places, (a, b) -> (b, a); with the signs in `sin` this gives (a cos - b
    # sin, b cos + a sin). In place on the copy: two buffers fewer in every layer.
    halves = x.view(*x.shape[:-1], 2, -1).flip(-2).flatten(-2)
    return (x * cos).add_(halves.mul_(sin))


def causal_mask(attention_mask: torch.Tensor | None, before: int, new: int) -> torch.Tensor | None:
    """(rows or 1, 1, new, before + new) bool, True where a key is seen; None: all up to the token
    itself.
    """
    import torch

    # None is the usual case and costs nothing: a single token sees everything, and several without anything
    # before them are causal by themselves.
    padded = attention_mask is not None and not bool(attention_mask.all())
    if not padded and (new == 1 or not before):
        return None
    # Row i is the token at position before + i, which sees all keys up to itself.
    seen = torch.ones(new, before + new, dtype=torch.bool).tril(before)[None, None]
    return seen & attention_mask.bool()[:, None, None] if padded and attention_mask is not None else seen
