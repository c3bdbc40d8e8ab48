"""Keys and values of a batch under decoding, in the form that the graph reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nshot.generation.decode.kv_cache import settle
from nshot.generation.decode.parts import Readers

if TYPE_CHECKING:
    import torch


ROOM = 16
"""New tokens that room is allocated for at a time, in every row; the mask hides what is not filled.
"""


class StackedKV:
    """Keys and values of all layers in one tensor: those of each prompt once, and each row's new
    tokens.

    Methods change it in place.
    """

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, rows: int | None = None) -> None:
        """
        Args:
            keys: Of the prompts, (layers, prompts, key heads, width, tokens) float32: in this order
                the products with them take half as long.
            values: Of the prompts, (layers, prompts, key heads, tokens, width) float32.
            rows: Rows that all read the one prompt; None: each row reads a prompt of its own.
        """
        self.keys, self.values = keys, values
        self.new = 0
        """New tokens of each row."""
        self._kept = list(range(values.shape[1]))
        owners = self._kept if rows is None else [0] * rows
        self._rows = len(owners)
        # (2 * layers, rows, key heads, room, width): keys and values of a layer follow each other.
        self._room = values.new_zeros(2 * len(values), self._rows, values.shape[2], 0, values.shape[4])
        self._arrange(owners)

    @classmethod
    def of(cls, layers: Sequence[Any], rows: int | None = None, *, free: bool = False) -> StackedKV:
        """Those of the layers of transformers' cache.

        Args:
            layers: Keys and values of the prompts, (prompts, key heads, tokens, width) each.
            rows: As in the constructor.
            free: Take each layer's out of it, so that not all of them are in memory twice.
        """
        prompts, heads, tokens, width = layers[0].keys.shape
        keys = layers[0].keys.new_empty(len(layers), prompts, heads, width, tokens)
        values = keys.new_empty(len(layers), prompts, heads, tokens, width)
        for number, layer in enumerate(layers):
            keys[number], values[number] = layer.keys.transpose(2, 3), layer.values
            if free:
                layer.keys = layer.values = None
        return cls(keys, values, rows)

    @property
    def own(self) -> torch.Tensor:
        """(2 * layers, rows, key heads, room, width): the rows' new tokens, and zeros after
        them."""
        return self._room[:, : self._rows]

    @property
    def widths(self) -> tuple[int, int]:
        """Tokens of prefixes that are kept apart, which are none, and of the prompts, padding
        included.
        """
        return 0, self.values.shape[3]

    def join(self, others: Sequence[StackedKV]) -> None:
        """Adds the prompts of other batches, before there are new tokens; padded on the left.

        Args:
            others: They must not be used afterwards.
        """
        if not others:
            return
        caches = [self, *others]
        layers, _, heads, _, width = self.values.shape
        longest = max(one.values.shape[3] for one in caches)
        prompts = sum(one.values.shape[1] for one in caches)
        keys = self.values.new_zeros(layers, prompts, heads, width, longest)
        values = self.values.new_zeros(layers, prompts, heads, longest, width)
        at = 0
        for one in caches:  # each is freed once it is copied, so that nothing is in memory twice
            rows, tokens = one.values.shape[1], one.values.shape[3]
            keys[:, at : at + rows, ..., longest - tokens :] = one.keys
            values[:, at : at + rows, :, longest - tokens :] = one.values
            one.keys, one.values, at = keys[:, :0], values[:, :0], at + rows
        self.__init__(keys, values)  # type: ignore[misc]

    def step(self, model: Any, **inputs: Any) -> Any:
        """The model's output for one token a row; the token's keys and values are kept."""
        return model.step(self, **inputs)

    def append(self, written: torch.Tensor) -> None:
        """Adds one token a row, (2 * layers, rows, key heads, 1, width)."""
        from torch.nn.functional import pad

        if self.new == self._room.shape[3]:
            self._room = pad(self.own, (0, 0, 0, ROOM))
        self._room[:, : self._rows, :, self.new : self.new + 1] = written
        self.new += 1

    def place(self, parents: Sequence[int]) -> list[int]:
        """The best order of the rows that go on from these; see `settle`."""
        return settle(parents)

    def take(self, rows: Sequence[int], owners: Sequence[int]) -> None:
        """Puts at each place the row that is named.

        Args:
            rows: The row before that each row now continues; in an order of `place` once there are
                new tokens, as they are copied in place.
            owners: The prompt of each row now.
        """
        import torch
        from torch.nn.functional import pad

        more = len(rows) - self._room.shape[1]
        if more > 0:
            self._room = pad(self._room, (0, 0, 0, 0, 0, 0, 0, more))
        moves = [(place, row) for place, row in enumerate(rows) if place != row]
        if moves and self.new:
            to, source = torch.tensor(moves).t()
            self._room[:, to, :, : self.new] = self._room[:, source, :, : self.new]
        self._rows = len(rows)
        self._arrange(owners)

    def _arrange(self, owners: Sequence[int]) -> None:
        """Assigns the rows to these prompts; drops prompts without rows."""
        import torch

        self._drop_others(set(owners))
        at = {prompt: number for number, prompt in enumerate(self._kept)}
        readers = Readers.of([at[owner] for owner in owners], len(self._kept), "cpu")
        rows = torch.arange(len(owners))
        self.by = rows.view(readers.parts, -1) if readers.rows is None else readers.rows
        """(prompts, readers) int64: the rows that read each prompt, padded with any row."""
        self.of_row = rows if readers.flat is None else readers.flat
        """(rows,) int64: the place of each row in `by`, flattened."""

    def _drop_others(self, wanted: set[int]) -> None:
        """Puts the last prompts in the places of those that are not wanted: few are copied."""
        kept, last = list(self._kept), len(self._kept) - 1
        if len(wanted) == len(kept):
            return
        for place in range(len(wanted)):
            if kept[place] in wanted:
                continue
            while kept[last] not in wanted:
                last -= 1
            for whole in (self.keys, self.values):
                whole[:, place] = whole[:, last]
            kept[place] = kept[last]
            last -= 1
        self._kept = kept[: len(wanted)]
        # Views, so that a request sees that they are others.
        self.keys, self.values = self.keys[:, : len(wanted)], self.values[:, : len(wanted)]
