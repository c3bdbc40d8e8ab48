"""The prompts' forward pass: a shared prefix is computed once, its keys and values serve every
row."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from nshot.generation.decode.kv_cache import KVCache

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.prefix_cache import PrefixCache

_LOG = logging.getLogger(__name__)


class PrefixKV(Protocol):
    """Keys and values of a batch under decoding."""

    def step(self, model: Any, **inputs: Any) -> Any:
        """The model's output for one token per row; the token's keys and values are kept."""

    def place(self, parents: Sequence[int]) -> list[int]:
        """The order in which to put rows that go on from these, so that few are copied."""

    def take(self, rows: Sequence[int], owners: Sequence[int]) -> None:
        """Puts at each place the row that is named; `owners` are the prompts of the rows
        afterwards.
        """


class JoinedKV(PrefixKV, Protocol):
    """Those of several batches can become one."""

    @property
    def widths(self) -> tuple[int, int]:
        """Tokens of the prefixes and of the prompts after them, padding included."""

    def join(self, others: Sequence[Any]) -> None:
        """Adds the prompts of others of the same kind, before there are new tokens."""


class RowKV:
    """Transformers' own cache, of any kind: every row has all tokens that it has seen."""

    def __init__(self, cache: Any, device: Any) -> None:
        self._cache, self._device = cache, device

    def step(self, model: Any, **inputs: Any) -> Any:
        return model(**inputs, past_key_values=self._cache, use_cache=True, logits_to_keep=1)

    def place(self, parents: Sequence[int]) -> list[int]:
        return list(range(len(parents)))

    def take(self, rows: Sequence[int], owners: Sequence[int]) -> None:  # noqa: ARG002
        import torch

        self._cache.batch_select_indices(torch.tensor(rows, device=self._device))


@dataclass(slots=True)
class Prefilled:
    """A batch whose next token can be chosen. Methods change it in place.

    All tensors have one entry for each row, in one order; `grow` and `repeat` change that order
    together.
    """

    model: Any
    kv: PrefixKV
    mask: torch.Tensor
    """(rows, tokens seen) int64; 0 at padding."""
    lengths: torch.Tensor
    """(rows,) int64: tokens of each row without padding, which is the next position."""
    logits: torch.Tensor
    """(rows, vocabulary) float32 for the next token."""
    owners: list[int]
    """The prompt of each row."""

    def repeat(self, times: int) -> None:
        """Repeats each row this many times, side by side; before the first `grow`."""
        self._take(
            [row for row in range(len(self.owners)) for _ in range(times)], "mask", "lengths", "logits"
        )

    def grow(self, parents: Sequence[int], tokens: Sequence[int]) -> list[int]:
        """Continues these rows with one token each; other rows are dropped, and the order changes.

        Args:
            parents: The row that each new row goes on from; a row may be named more than once.
            tokens: The token of each new row.

        Returns:
            For each row of the batch now, its position in `parents`.
        """
        import torch

        order = self.kv.place(parents)
        # Not the logits: those of this step take their place.
        self._take([parents[new] for new in order], "mask", "lengths")
        appended = torch.tensor([[tokens[new]] for new in order], device=self.mask.device)
        # The mask spans the tokens that the cache has after this step, so the new token is in it already.
        self.mask = torch.cat([self.mask, torch.ones_like(appended)], dim=1)
        output = self.kv.step(
            self.model, input_ids=appended, attention_mask=self.mask, position_ids=self.lengths[:, None]
        )
        # Positions count real tokens only: padding before or inside a row moves none of them.
        self.lengths = self.lengths + 1
        self.logits = output.logits[:, -1].float()
        return order

    def _take(self, rows: Sequence[int], *names: str) -> None:
        import torch

        if list(rows) == list(range(len(self.owners))):
            return
        self.owners = [self.owners[row] for row in rows]
        self.kv.take(rows, self.owners)
        index = torch.tensor(rows, device=self.mask.device)
        for name in names:
            setattr(self, name, getattr(self, name)[index])


def join_batches(states: Sequence[Prefilled]) -> Prefilled:
    """The first of several batches of one model, with the rows of the others after its own.

    Args:
        states: At least one, before the first `grow`; of several, each keeps its prompts in a
            `JoinedKV`. They must not be used afterwards.
    """
    import torch
    from torch.nn.functional import pad

    first, *others = states
    if not others:
        return first
    caches = [cast(JoinedKV, state.kv) for state in states]
    # The caches pad prefixes and prompts apart, each on its left, so the masks are padded in the same way.
    longest = [max(widths) for widths in zip(*(cache.widths for cache in caches), strict=True)]
    masks = []
    for state, cache in zip(states, caches, strict=True):
        parts = state.mask.split_with_sizes(cache.widths, dim=1)
        both = zip(parts, longest, strict=True)
        masks.append(torch.cat([pad(part, (width - part.shape[1], 0)) for part, width in both], dim=1))
    caches[0].join(caches[1:])
    first.mask = torch.cat(masks)
    for name in ("lengths", "logits"):
        setattr(first, name, torch.cat([getattr(state, name) for state in states]))
    first.owners = list(range(len(first.mask)))
    return first


class Abilities(NamedTuple):
    """What a model's attention allows."""

    share: bool
    """The prompts of a batch may share the keys and values of a prefix."""
    apart: bool
    """A `KVCache` may keep prompts and new tokens apart."""


def abilities(model: Any) -> Abilities:
    """What a model's attention allows, from its configuration and a trial with two short prompts.

    Sharing puts padding between the prefix and the rest. Full attention masks it out; a sliding
    window or a recurrent state would count it, so such models get plain left padding.
    """
    import torch

    if getattr(model, "reads_parts", False):
        return Abilities(share=True, apart=True)
    if not _sees_all(model):
        return Abilities(share=False, apart=False)
    # Prompts of two lengths after a common prefix, then a branch: padding, sharing and moved rows at once.
    prompts, parents, tokens = [[1, 0, 1], [1, 0, 0, 1]], [0, 1, 1], [0, 1, 0]
    lines = [[*prompts[parent], token] for parent, token in zip(parents, tokens, strict=True)]
    tolerance = torch.finfo(model.dtype).eps ** 0.5

    def agrees(*, apart: bool) -> bool:
        state = prefill(model, prompts, 2, 0, apart=apart)
        order = state.grow(parents, tokens)
        return all(
            _alike(state.logits[order.index(new)], logits, tolerance) for new, logits in enumerate(expected)
        )

    with torch.inference_mode():
        expected = [  # each line by itself, without any cache
            model(input_ids=torch.tensor([line], device=model.device)).logits[0, -1].float() for line in lines
        ]
        share = agrees(apart=False)
        try:
            apart = agrees(apart=True)
        except Exception as error:  # noqa: BLE001 whatever a model's own attention says to it
            _LOG.debug("each row keeps its own keys and values: %s", error)
            apart = False
    return Abilities(share, apart)


def _sees_all(model: Any) -> bool:
    """Whether each token attends to all tokens before it, according to the configuration."""
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    layers = DynamicCache(config=model.config).layers
    full = bool(layers) and all(type(layer) is DynamicLayer for layer in layers)
    return full and "local" not in getattr(model.config, "attention_layers", ())  # GPT-Neo's windows


def _alike(found: torch.Tensor, expected: torch.Tensor, tolerance: float) -> bool:
    """Whether logits differ by rounding only, relative to the largest.

    Logits that the model sets to the lowest number are not compared: they would be the largest.
    """
    import torch

    usual = expected > torch.finfo(torch.float32).min / 2
    found, expected = found[usual], expected[usual]
    largest = float(expected.abs().max()) if len(expected) else 0.0
    return bool(torch.allclose(found, expected, rtol=0, atol=tolerance * largest))


def token_bytes(model: Any) -> int:
    """Bytes that the keys and values of one token take, measured with one token."""
    import torch

    cache = _make_cache(model)
    token = torch.zeros(1, 1, dtype=torch.long, device=model.device)
    with torch.inference_mode():
        model(input_ids=token, past_key_values=cache, use_cache=True)
    kv = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    return max(1, sum(int(tensor.nbytes) for tensor in kv if tensor is not None))


def prefill(
    model: Any,
    prompts: Sequence[Sequence[int]],
    prefix: int,
    pad: int,
    *,
    apart: bool = False,
    prefixes: PrefixCache | None = None,
) -> Prefilled:
    """The batch after the forward pass of its prompts.

    Args:
        model: A causal language model of transformers, or one that is called as they are; its
            `make_kv`, if it has one, says how keys and values are kept.
        prompts: Token ids, one row each.
        prefix: Number of leading tokens that all prompts share; each has at least one more. 0 for a
            model that does not share (`abilities`).
        pad: Any token id; padding is masked.
        apart: Keep prefix, prompts and new tokens in a `KVCache`, if the model allows it
            (`abilities`).
        prefixes: Of earlier calls; what this one computes is added.
    """
    import torch

    rows, device = len(prompts), model.device
    cache = _make_cache(model)
    if prefix:
        _read_prefix(model, prompts[0][: prefix + 1], cache, prefixes)
        _expand(cache, rows)
    # (rows, width): padded on the left, so that the last column is the last token of every prompt.
    rest = [list(prompt[prefix:]) for prompt in prompts]
    width = max(map(len, rest))
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rest], device=device)
    real = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rest], device=device)
    # Columns of the mask are those of the cache: the prefix without padding, then the padded rest.
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
    if prefixes is not None and not prefix:
        for row, prompt in enumerate(prompts):
            start = width - len(prompt)  # after the padding
            prefixes.put(prompt, [_part(layer, row, start) for layer in cache.layers])
    if hasattr(model, "make_kv"):
        kv: PrefixKV = model.make_kv(cache)
    else:
        # One prompt shares nothing at the steps that follow: one part is read faster than two.
        kv = KVCache(cache, prefix if rows > 1 else 0) if apart else RowKV(cache, device)
    return Prefilled(model, kv, mask, mask.sum(dim=1), logits, list(range(rows)))


def _make_cache(model: Any) -> Any:
    """An empty cache of transformers with the layers that the model's configuration names.

    Of a model with full attention in each layer, layers are added as they are written.
    """
    from transformers import DynamicCache

    return DynamicCache() if getattr(model, "reads_parts", False) else DynamicCache(config=model.config)


def _read_prefix(model: Any, tokens: Sequence[int], cache: Any, prefixes: PrefixCache | None) -> None:
    """Fills the cache with keys and values of all tokens but the last, as far as possible from
    `prefixes`.
    """
    import torch

    *head, _ = tokens
    known = prefixes.find(tokens) if prefixes is not None else None
    done = 0
    if known is not None:
        done = known.length
        for number, layer in enumerate(known.layers):
            if layer:
                cache.update(*(part[:, :, :done] for part in layer), number)
    if done == len(head):
        return
    ids = torch.tensor([head[done:]], device=model.device)
    model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    if prefixes is not None:
        prefixes.put(head, [_part(layer, 0, 0) for layer in cache.layers])


def _part(layer: Any, row: int, start: int) -> tuple[torch.Tensor, ...]:
    """One row's keys and values from a token on; nothing for a layer that the model does not
    use."""
    both = (layer.keys, layer.values) if layer.get_seq_length() else ()
    return tuple(states[row : row + 1, :, start:] for states in both)


def _expand(cache: Any, rows: int) -> None:
    """Repeats one row's keys and values for several rows, as views: appending the next tokens
    copies them.
    """
    for layer in cache.layers:
        if layer.get_seq_length():
            layer.keys, layer.values = (one.expand(rows, -1, -1, -1) for one in (layer.keys, layer.values))
