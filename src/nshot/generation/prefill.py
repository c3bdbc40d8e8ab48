"""The prompts' forward pass: a shared prefix is computed once, its keys and values serve every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nshot.generation.store import Moves, settle, store_layer_class

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
    owners: list[int]
    """The prompt of each row."""
    start: int
    """Tokens of the prompts, with padding: rows of one prompt differ behind them only."""

    def repeat(self, times: int) -> None:
        """Each row so many times, side by side."""
        self.cache.batch_repeat_interleave(times)
        for name in ("mask", "lengths", "logits"):
            setattr(self, name, getattr(self, name).repeat_interleave(times, dim=0))
        self.owners = [owner for owner in self.owners for _ in range(times)]

    def grow(self, parents: Sequence[int], tokens: Sequence[int]) -> list[int]:
        """Go on from these rows with one token each; other rows are dropped, and the order is changed.

        Args:
            parents: The row that each new row goes on from; a row may be named more than once.
            tokens: Of each new row, the token.

        Returns:
            Of each row of the batch now, its position in `parents`.
        """
        import torch

        order = settle(parents, self.owners)
        self._take([parents[new] for new in order])
        appended = torch.tensor([[tokens[new]] for new in order], device=self.mask.device)
        self.mask = torch.cat([self.mask, torch.ones_like(appended)], dim=1)
        output = self.model(
            input_ids=appended,
            attention_mask=self.mask,
            position_ids=self.lengths[:, None],
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self.lengths = self.lengths + 1
        self.logits = output.logits[:, -1].float()
        return order

    def _take(self, rows: Sequence[int]) -> None:
        """At each place the row that is named; no row that is named stands where another one goes."""
        import torch

        before, self.owners = self.owners, [self.owners[row] for row in rows]
        if list(rows) == list(range(len(before))):
            return
        index = torch.tensor(rows, device=self.mask.device)
        self.mask, self.lengths = self.mask[index], self.lengths[index]
        if len(rows) > len(before) or not isinstance(self.cache.layers[0], store_layer_class()):
            self.cache.batch_select_indices(index)
            return
        moves = [(place, row) for place, row in enumerate(rows) if place != row]
        akin = [before[place] == before[row] for place, row in moves]
        whole = Moves.of([move for move, near in zip(moves, akin, strict=True) if not near], index.device)
        tails = Moves.of([move for move, near in zip(moves, akin, strict=True) if near], index.device)
        for layer in self.cache.layers:
            layer.move(len(rows), whole, tails, self.start)


def new_cache(model: Any) -> tuple[Any, bool]:
    """An empty key/value cache, and whether a prefix in it may be shared: then its layers are stores, too.

    Sharing puts padding between the prefix and the rest. Full attention masks it out; a sliding window
    or a recurrent state would count it, so such models get plain left padding.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    cache = DynamicCache(config=model.config)
    full = bool(cache.layers) and all(type(layer) is DynamicLayer for layer in cache.layers)
    if full:
        layer = store_layer_class()
        cache.layers = [layer() for _ in cache.layers]
    return cache, full


def token_bytes(model: Any) -> int:
    """Memory that the keys and values of one token take, bytes, as one token through the model says."""
    import torch

    cache, _ = new_cache(model)
    token = torch.zeros(1, 1, dtype=torch.long, device=model.device)
    with torch.inference_mode():
        model(input_ids=token, past_key_values=cache, use_cache=True)
    held = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    return max(1, sum(int(tensor.nbytes) for tensor in held if tensor is not None))


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
    logits = output.logits[:, -1].float()
    return Prefilled(model, cache, mask, mask.sum(dim=1), logits, list(range(rows)), mask.shape[1])
