"""Attention of one new token a row over keys that rows share and keys of their own.

The scores over all parts stand side by side, so their softmax is that over the whole, as in
Hydragen (Juravsky et al. 2024, https://arxiv.org/abs/2402.05099), which joins the parts afterwards.
All rows that read a part meet its keys in one product: the keys are read once, not once a row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from nshot.errors import EngineError

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.parts import Part, Readers, SharedKV

NAME = "nshot_parts"
"""Name under which transformers knows this attention."""
HARMLESS = frozenset(
    "cache_position cu_seq_lens_k cu_seq_lens_q dropout is_causal max_length_k max_length_q "
    "output_attentions position_ids sliding_window use_cache".split()
)
"""Options of models that change nothing for one new token that sees all tokens before it."""

_SWITCHED = Lock()
"""Held while a model's configuration names this attention: all threads share the configuration."""


@contextmanager
def share_attention(model: Any) -> Iterator[None]:
    """Lets the model attend with `attention` inside the context; passes without `shared_kv` stay as
    they are.

    Args:
        model: A causal language model of transformers, perhaps inside a peft model.
    """
    if getattr(model, "reads_parts", False):
        yield
        return
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    config = model.config.get_text_config()
    with _SWITCHED:
        before = config._attn_implementation
        # Set at every step, so directly: the model's own method walks all its modules and is slower.
        config._attn_implementation = NAME
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
    shared_kv: SharedKV | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention with the signature of transformers' interface.

    Args:
        module: The attention layer.
        query: (rows, heads, new tokens, width of a head); one new token with `shared_kv`.
        key: (rows, key heads, tokens, width); with `shared_kv` the keys of new tokens alone. Query
            heads share key heads in equal groups.
        value: As `key`.
        attention_mask: (rows, 1, new tokens, tokens of all parts) bool, True where one is seen;
            None: all.
        scaling: Factor of the scores; None: one over the root of the width.
        shared_kv: Keys and values before the new tokens.
        options: Options of the usual attention; with `shared_kv` only those that change nothing are
            accepted.

    Returns:
        (rows, new tokens, heads, width of a value), and None for the probabilities.

    Raises:
        EngineError: The model asks for more than plain attention.
    """
    import torch

    if shared_kv is None:
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **options)
        return out, None
    unknown = [name for name, option in options.items() if option is not None and name not in HARMLESS]
    if unknown:
        raise EngineError(f"attention over parts does not know {', '.join(unknown)}")
    rows, heads, _, width = query.shape
    # One new token a row, so its axis holds the query heads of a key head instead: no key is repeated.
    queries = query.view(rows, key.shape[1], heads // key.shape[1], width)
    queries = queries * (width**-0.5 if scaling is None else scaling)
    parts = shared_kv.parts(module.layer_idx)
    # (rows, key heads, group, tokens of all parts): in the order of the mask, the row's new tokens last.
    scores = torch.cat([*(_scores(queries, part) for part in parts), queries @ key.transpose(2, 3)], dim=-1)
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, float("-inf"))
    # One softmax over all parts at once: nothing has to be rescaled when their answers are added up.
    weights = scores.softmax(dim=-1, dtype=torch.float32).to(query.dtype)
    *shared, own = weights.split_with_sizes([*(part.keys.shape[2] for part in parts), key.shape[2]], dim=-1)
    out = own @ value
    for part, some in zip(parts, shared, strict=True):
        out = out + _answers(some, part)
    return out.view(rows, 1, heads, -1), None


def _scores(queries: torch.Tensor, part: Part) -> torch.Tensor:
    """(rows, key heads, group, width) -> (rows, key heads, group, tokens)."""
    found = _gather_by_part(queries, part.readers) @ part.keys.transpose(2, 3)
    return _gather_by_row(found, part.readers, queries.shape[2])


def _answers(weights: torch.Tensor, part: Part) -> torch.Tensor:
    """(rows, key heads, group, tokens) -> (rows, key heads, group, width)."""
    return _gather_by_row(
        _gather_by_part(weights, part.readers) @ part.values, part.readers, weights.shape[2]
    )


def _gather_by_part(x: torch.Tensor, readers: Readers) -> torch.Tensor:
    """(rows, key heads, group, n) -> (parts, key heads, readers * group, n): all rows of a part
    together.

    A part with fewer readers than the largest is filled up with any rows; `_gather_by_row` drops
    them.
    """
    # (parts, readers, key heads, group, n); without an index the rows stand in this order already.
    gathered = x[readers.rows] if readers.rows is not None else x.view(readers.parts, -1, *x.shape[1:])
    gathered = gathered.transpose(1, 2)
    return gathered.reshape(*gathered.shape[:2], -1, x.shape[-1])


def _gather_by_row(x: torch.Tensor, readers: Readers, group: int) -> torch.Tensor:
    """(parts, key heads, readers * group, n) -> (rows, key heads, group, n)."""
    apart = x.view(*x.shape[:2], -1, group, x.shape[-1]).transpose(1, 2)
    flat = apart.reshape(-1, *apart.shape[2:])
    return flat if readers.flat is None else flat[readers.flat]
