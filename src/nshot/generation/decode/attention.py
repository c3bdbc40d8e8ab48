"""Attention of one new token a row over keys that rows share and keys of their own.

The scores over all parts stand side by side, so their softmax is that over the whole, as in Hydragen
(Juravsky et al. 2024, https://arxiv.org/abs/2402.05099), which joins the parts afterwards. All rows that
read a part meet its keys in one product: the keys are read once, not once a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from nshot.errors import EngineError

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.kv_cache import KVCache, Part, Seats

NAME = "nshot_parts"
"""Of this attention among those of transformers."""
HARMLESS = frozenset(
    "cache_position cu_seq_lens_k cu_seq_lens_q dropout is_causal max_length_k max_length_q "
    "output_attentions position_ids sliding_window use_cache".split()
)
"""What models tell an attention that changes nothing for one new token that sees all before it."""

_ATTENDING = Lock()
"""The way a model attends is in its configuration, which all threads share."""


@contextmanager
def attending(model: Any) -> Iterator[None]:
    """The model attends so while this lasts; passes without a store are computed as ever.

    Args:
        model: A causal language model of transformers, perhaps inside a peft model.
    """
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    config = model.config.get_text_config()
    with _ATTENDING:
        before = config._attn_implementation
        config._attn_implementation = NAME  # at each step, so not by the model's own, slower method
        try:
            yield
        finally:
            config._attn_implementation = before


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    store: KVCache | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """The attention of transformers' interface.

    Args:
        module: The attention layer.
        query: (rows, heads, new tokens, width of a head); one new token with a store.
        key: (rows, key heads, tokens, width): with a store those of new tokens alone. Query heads share key
            heads in equal groups.
        value: As `key`.
        attention_mask: (rows, 1, new tokens, tokens of all parts) bool, True where one is seen; None: all.
        scaling: Of the scores; None: by the root of the width.
        store: What lies before the new tokens.
        options: Of the usual attention; with a store only those that change nothing are understood.

    Returns:
        (rows, new tokens, heads, width of a value), and None for the probabilities.

    Raises:
        EngineError: The model asks for more than plain attention.
    """
    import torch

    if store is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
        return out, None
    unknown = [name for name, option in options.items() if option is not None and name not in HARMLESS]
    if unknown:
        raise EngineError(f"attention over parts does not know {', '.join(unknown)}")
    rows, heads, _, width = query.shape
    queries = query.view(rows, key.shape[1], heads // key.shape[1], width)
    queries = queries * (width**-0.5 if scaling is None else scaling)
    parts = store.parts(module.layer_idx)
    scores = torch.cat([*(_scores(queries, part) for part in parts), queries @ key.transpose(2, 3)], dim=-1)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, float("-inf"))
    chances = scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    *shared, own = chances.split_with_sizes([*(part.keys.shape[2] for part in parts), key.shape[2]], dim=-1)
    out = own @ value
    for part, weights in zip(parts, shared, strict=True):
        out = out + _answers(weights, part)
    return out.view(rows, 1, heads, -1), None


def _scores(queries: torch.Tensor, part: Part) -> torch.Tensor:
    """(rows, key heads, group, width) -> (rows, key heads, group, tokens)."""
    return _stand(_sit(queries, part.seats) @ part.keys.transpose(2, 3), part.seats, queries.shape[2])


def _answers(weights: torch.Tensor, part: Part) -> torch.Tensor:
    """(rows, key heads, group, tokens) -> (rows, key heads, group, width)."""
    return _stand(_sit(weights, part.seats) @ part.values, part.seats, weights.shape[2])


def _sit(x: torch.Tensor, seats: Seats) -> torch.Tensor:
    """(rows, key heads, group, n) -> (parts, key heads, seats * group, n): each row at its part."""
    seated = x[seats.rows] if seats.rows is not None else x.view(seats.parts, -1, *x.shape[1:])
    seated = seated.transpose(1, 2)
    return seated.reshape(*seated.shape[:2], -1, x.shape[-1])


def _stand(x: torch.Tensor, seats: Seats, group: int) -> torch.Tensor:
    """(parts, key heads, seats * group, n) -> (rows, key heads, group, n)."""
    apart = x.view(*x.shape[:2], -1, group, x.shape[-1]).transpose(1, 2)
    standing = apart.reshape(-1, *apart.shape[2:])
    return standing if seats.flat is None else standing[seats.flat]
