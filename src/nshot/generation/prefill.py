"""The prompts' forward pass: a shared prefix is computed once, its keys and values serve every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(slots=True)
class Prefilled:
    """A batch whose next token can be chosen. Methods change it in place."""

    model: Any
    cache: Any
    mask: torch.Tensor
    """(rows, tokens seen) int64; 0 at padding."""
    lengths: torch.Tensor
    """(rows,) int64: tokens of each row without padding, which is the next position."""
    logits: torch.Tensor
    """(rows, vocabulary) float32 for the next token."""

    def select(self, rows: torch.Tensor) -> None:
        """Keep these rows in this order; a row may be named more than once."""
        self.cache.batch_select_indices(rows)
        self.mask, self.lengths, self.logits = self.mask[rows], self.lengths[rows], self.logits[rows]

    def step(self, tokens: torch.Tensor) -> None:
        """Append one token to each row.

        Args:
            tokens: (rows,) int64.
        """
        import torch

        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        output = self.model(
            input_ids=tokens[:, None],
            attention_mask=self.mask,
            position_ids=self.lengths[:, None],
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self.lengths = self.lengths + 1
        self.logits = output.logits[:, -1].float()


def new_cache(model: Any) -> tuple[Any, bool]:
    """An empty key/value cache, and whether a prefix in it may be shared.

    Sharing puts padding between the prefix and the rest. Full attention masks it out; a sliding window
    or a recurrent state would count it, so such models get plain left padding.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    cache = DynamicCache(config=model.config)
    return cache, bool(cache.layers) and all(type(layer) is DynamicLayer for layer in cache.layers)


def prefill(model: Any, prompts: Sequence[Sequence[int]], prefix: int, pad: int) -> Prefilled:
    """The batch after its prompts.

    Args:
        model: A causal language model of transformers.
        prompts: Token ids, one row each.
        prefix: Leading tokens that all prompts share; each has at least one more.
        pad: Any token id; padding is masked.
    """
    import torch

    rows, device = len(prompts), model.device
    cache, _ = new_cache(model)
    if prefix:
        head = torch.tensor([prompts[0][:prefix]], device=device)
        model(input_ids=head, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.batch_repeat_interleave(rows)
    rest = [list(prompt[prefix:]) for prompt in prompts]
    width = max(map(len, rest))
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rest], device=device)
    real = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rest], device=device)
    mask = torch.cat([real.new_ones(rows, prefix), real], dim=1)
    output = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=prefix + (real.cumsum(dim=1) - 1).clamp(min=0),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    return Prefilled(model, cache, mask, mask.sum(dim=1), output.logits[:, -1].float())
