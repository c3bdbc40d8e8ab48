"""Keys and values of a batch under decoding: those of its prompts once, those of new tokens for
each row.

A beam's rows begin with the same prompt, and a batch's prompts with the same schema. Transformers'
own cache holds both for every row, reads them for every row, and copies a row whole when a beam
moves. Here a prefix is kept once, the rest of each prompt once, and a row has its new tokens alone;
the attention over the parts (`attention.py`) is exactly that over the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from nshot.generation.decode.attention import share_attention
from nshot.generation.decode.parts import Part, Readers

if TYPE_CHECKING:
    import torch

ROOM = 64
"""New tokens that room is allocated for at a time, in every row."""
SPARSE = 0.75
"""The keys of prompts without rows are freed when at most this share of the kept prompts still has
rows: freeing them copies the keys of the others."""


def settle(parents: Sequence[int]) -> list[int]:
    """An order of the new rows in which few are copied: the first child of a row stays in its
    place.

    Further children of the same row take places that no row stays in, so a copy never overwrites a
    row that another copy still reads.

    Args:
        parents: The old row that each new row goes on from.

    Returns:
        For each place, the new row (its position in `parents`) that it holds.

    >>> settle([0, 0, 3, 3, 3])
    [0, 1, 3, 2, 4]
    >>> settle([1, 3])
    [1, 0]
    """
    # Place -> new row. There may be fewer rows than before; a parent beyond them leaves no place to stay in.
    standing: dict[int, int] = {}
    for new, parent in enumerate(parents):
        if parent < len(parents):
            standing.setdefault(parent, new)
    stay = set(standing.values())
    free = (place for place in range(len(parents)) if place not in standing)
    movers = (new for new in range(len(parents)) if new not in stay)
    standing |= dict(zip(free, movers, strict=True))
    return [standing[place] for place in range(len(parents))]


class KVCache:
    """Keys and values of a batch's rows: its prompts once, and the new tokens of each row.

    Methods change it in place. Between calls: `_kept` names the prompts whose keys are in memory,
    in the order of the layers' tensors; `_prefix_of` maps every prompt of the batch to its prefix,
    or to -1 once that is freed; the two `Readers` say which rows read which prefix and which
    prompt.
    """

    def __init__(self, prompts: Any, prefix: int) -> None:
        """Splits the cache of the prompts, one row each; it must not be used afterwards.

        Args:
            prompts: Transformers' cache, of full attention.
            prefix: Number of leading tokens that all prompts share.
        """
        from transformers import DynamicCache

        layer_class = _layer_class()
        keys = next(layer.keys for layer in prompts.layers if layer.get_seq_length())
        self._cache = DynamicCache()
        self._device, self._kept = keys.device, list(range(len(keys)))
        del keys
        self._prefix_of = [0] * len(self._kept)
        """The number of each prompt's prefix, whether the prompt is kept or not."""
        self._layers: list[Any] = []
        for number, layer in enumerate(prompts.layers):
            self._layers.append(layer_class(layer, prefix))
            prompts.layers[number] = None  # each layer is freed before the next one is split: no second copy
        self._cache.layers = self._layers
        self._arrange(self._kept)

    @property
    def widths(self) -> tuple[int, int]:
        """Tokens of the prefixes and of the prompts after them, padding included."""
        layer = next(layer for layer in self._layers if layer.rest)
        return layer.prefix[0].shape[2] if layer.prefix else 0, layer.rest[0].shape[2]

    def join(self, others: Sequence[KVCache]) -> None:
        """Adds the prompts of other caches, before there are new tokens; shorter ones are padded on
        the left.

        Args:
            others: Caches of one prefix each, as this one is; they must not be used afterwards.
        """
        caches = [self, *others]
        self._prefix_of = [number for number, one in enumerate(caches) for _ in one._kept]
        for number, layer in enumerate(self._layers):
            layer.join([one._layers[number] for one in others])
            for one in others:
                one._layers[number] = None  # at most one layer is in memory twice
        self._kept = list(range(len(self._prefix_of)))
        self._arrange(self._kept)

    def step(self, model: Any, **inputs: Any) -> Any:
        """The model's output for one token per row; the cache keeps that token's keys and
        values."""
        with share_attention(model):
            return model(
                **inputs, past_key_values=self._cache, shared_kv=self, use_cache=True, logits_to_keep=1
            )

    def place(self, parents: Sequence[int]) -> list[int]:
        """The best order of the rows that go on from these; see `settle`."""
        return settle(parents)

    def take(self, rows: Sequence[int], owners: Sequence[int]) -> None:
        """Puts at each place the row that is named.

        Args:
            rows: The row before that each row now continues. Once there are new tokens, no row that
                is copied may stand in a place that is written to: `place` gives such an order.
            owners: The prompt of each row now.
        """
        import torch

        # Only new tokens move; the keys of a prompt stay where they are, and `_arrange` points rows at them.
        pairs = [(place, row) for place, row in enumerate(rows) if place != row]
        moves = torch.tensor(pairs, device=self._device).reshape(-1, 2).t()
        for layer in self._layers:
            layer.move(len(rows), *moves)
        self._arrange(owners)

    def _arrange(self, owners: Sequence[int]) -> None:
        """Assigns the rows to these prompts; frees prompts without rows once they have become
        many."""
        open_prompts = sorted(set(owners))
        if len(open_prompts) <= SPARSE * len(self._kept):
            at = {prompt: number for number, prompt in enumerate(self._kept)}
            prefixes = sorted({self._prefix_of[prompt] for prompt in open_prompts})
            for layer in self._layers:
                layer.keep(prefixes, [at[prompt] for prompt in open_prompts])
            renamed = {prefix: number for number, prefix in enumerate(prefixes)}
            self._prefix_of = [renamed.get(prefix, -1) for prefix in self._prefix_of]
            self._kept = open_prompts
        at = {prompt: number for number, prompt in enumerate(self._kept)}
        prefixes = [self._prefix_of[owner] for owner in owners]
        self._of_prefix = Readers.of(prefixes, max(self._prefix_of) + 1, self._device)
        self._of_prompts = Readers.of([at[owner] for owner in owners], len(self._kept), self._device)

    def parts(self, layer: int) -> list[Part]:
        """What the rows read in this layer before their own new tokens, in the order of the
        tokens."""
        kept = self._layers[layer]
        both = ((kept.prefix, self._of_prefix), (kept.rest, self._of_prompts))
        return [Part(states[0], states[1], readers) for states, readers in both if states]


def _stack(parts: Sequence[tuple[torch.Tensor, ...]]) -> tuple[torch.Tensor, ...]:
    """Keys and values of several parts in one tensor each, padded with zeros on the left of the
    tokens.

    (n, key heads, tokens, width) each -> (sum of n, key heads, longest, width). The mask hides the
    zeros.
    """
    import torch
    from torch.nn.functional import pad

    longest = max(part[0].shape[2] for part in parts)
    both = zip(*parts, strict=True)
    return tuple(torch.cat([pad(one, (0, 0, longest - one.shape[2], 0)) for one in ones]) for ones in both)


@cache
def _layer_class() -> Any:
    """`RowsLayer`: transformers is imported late."""
    from transformers.cache_utils import DynamicLayer

    class RowsLayer(DynamicLayer):  # type: ignore[misc]
        """A layer of a `KVCache`: `keys` and `values` are those of the rows' own new tokens."""

        _layer_type = None  # so that transformers does not take it for its own

        def __init__(self, prompts: DynamicLayer, prefix: int) -> None:
            super().__init__()
            self.prefix: tuple[torch.Tensor, ...] = ()
            """Keys and values, (prefixes, key heads, tokens, width); none where nothing is shared.
            """
            self.rest: tuple[torch.Tensor, ...] = ()
            """Keys and values, (prompts, key heads, tokens, width)."""
            self._before = prompts.get_seq_length()
            if not self._before:
                return  # a layer that the model does not use
            # Cloned: a view would keep the prompts' cache, with a copy of the prefix per row, in memory.
            whole = (prompts.keys, prompts.values)
            if prefix:
                self.prefix = tuple(one[:1, :, :prefix].clone() for one in whole)
            self.rest = tuple(one[:, :, prefix:].clone() for one in whole)
            self.lazy_initialization(*whole)
            # (rows, key heads, room for new tokens, width): filled in place, as torch.cat would copy all.
            self._new = 0
            self._room = tuple(one.new_empty(len(one), one.shape[1], ROOM, one.shape[3]) for one in whole)

        def join(self, others: Sequence[RowsLayer]) -> None:
            """Adds the prompts of other layers, before there are new tokens."""
            if not self._before:
                return
            layers = [self, *others]
            # A batch without a prefix gets one of padding, so that prefix numbers are those of the caches.
            none = tuple(one[:1, :, :0] for one in self.rest)
            if any(layer.prefix for layer in layers):
                self.prefix = _stack([layer.prefix or none for layer in layers])
            self.rest = _stack([layer.rest for layer in layers])
            self._before = sum(part[0].shape[2] for part in (self.prefix, self.rest) if part)
            self._fit(len(self.rest[0]), 0)

        def get_seq_length(self) -> int:
            return self._before + self._new if self._before else 0

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            rows, _heads, new, _width = key_states.shape
            self._fit(rows, self._new + new)
            for room, states in zip(self._room, (key_states, value_states), strict=True):
                room[:rows, :, self._new : self._new + new] = states
            self._new += new
            # Views of the filled part: the attention gets the new tokens alone, the rest comes by `parts`.
            self.keys, self.values = (room[:rows, :, : self._new] for room in self._room)
            return self.keys, self.values

        def move(self, rows: int, to: torch.Tensor, source: torch.Tensor) -> None:
            """Copies the new tokens of rows `source` to places `to`; the first `rows` places stay
            in use.
            """
            if not self._before:
                return
            self._fit(rows, self._new)
            if len(to) and self._new:
                for room in self._room:
                    room[to, :, : self._new] = room[source, :, : self._new]

        def keep(self, prefixes: Sequence[int], prompts: Sequence[int]) -> None:
            """Frees all prefixes and prompts but these, given by their places in the tensors."""
            self.prefix = tuple(one[list(prefixes)] for one in self.prefix)
            self.rest = tuple(one[list(prompts)] for one in self.rest)

        def _fit(self, rows: int, tokens: int) -> None:
            """Makes room for these numbers of rows and new tokens; what is written is kept."""
            had_rows, heads, had_tokens, _ = self._room[0].shape
            if rows <= had_rows and tokens <= had_tokens:
                return
            shape = max(rows, had_rows), heads, had_tokens + ROOM * (tokens > had_tokens)
            made = tuple(old.new_empty(*shape, old.shape[3]) for old in self._room)
            for room, old in zip(made, self._room, strict=True):
                room[:had_rows, :, : self._new] = old[:, :, : self._new]
            self._room = made

    return RowsLayer
