"""Keys and values of a batch under decoding, in the form that the graph reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from nshot.generation.decode.kv_cache import SPARSE, settle
from nshot.generation.decode.parts import Readers

if TYPE_CHECKING:
    import torch


class StackedKV:
    """Keys and values of all layers in one tensor: those of each prompt once, and each row's new tokens.

    Methods change it in place. `shared` is (2 * layers, prompts, key heads, tokens, width) and `own`
    (2 * layers, rows, key heads, new tokens, width), float32; keys and values of a layer follow each other.
    """

    def __init__(self, shared: torch.Tensor) -> None:
        """
        Args:
            shared: Of the prompts, one row each.
        """
        self.shared = shared
        self.own = shared[:, :, :, :0]
        self._kept = list(range(shared.shape[1]))
        self._arrange(self._kept)

    @classmethod
    def of(cls, cache: Any) -> StackedKV:
        """Those of transformers' cache of the prompts, which must not be used afterwards."""
        import torch

        return cls(torch.stack([one for layer in cache.layers for one in (layer.keys, layer.values)]))

    @property
    def widths(self) -> tuple[int, int]:
        """Tokens of prefixes that are kept apart, which are none, and of the prompts, padding included."""
        return 0, self.shared.shape[3]

    def join(self, others: Sequence[StackedKV]) -> None:
        """Adds the prompts of other batches, before there are new tokens; padded on the left.

        Args:
            others: They must not be used afterwards.
        """
        import torch
        from torch.nn.functional import pad

        all_shared = [self.shared, *(other.shared for other in others)]
        longest = max(one.shape[3] for one in all_shared)
        padded = [pad(one, (0, 0, longest - one.shape[3], 0)) for one in all_shared]
        self.__init__(torch.cat(padded, dim=1))  # type: ignore[misc]

    def step(self, model: Any, **inputs: Any) -> Any:
        """The model's output for one token a row; the token's keys and values are kept."""
        return model.step(self, **inputs)

    def append(self, new: torch.Tensor) -> None:
        """Adds (2 * layers, rows, key heads, new tokens, width)."""
        import torch

        self.own = torch.cat([self.own, new], dim=3)

    def place(self, parents: Sequence[int]) -> list[int]:
        """The best order of the rows that go on from these; see `settle`."""
        return settle(parents)

    def take(self, rows: Sequence[int], owners: Sequence[int]) -> None:
        """Puts at each place the row that is named.

        Args:
            rows: The row before that each row now continues.
            owners: The prompt of each row now.
        """
        import torch

        moves = [(place, row) for place, row in enumerate(rows) if place != row]
        if not self.own.shape[3]:
            self.own = self.own.new_empty(len(self.own), len(rows), *self.own.shape[2:])
        elif len(rows) != self.own.shape[1]:
            self.own = self.own[:, torch.tensor(rows)]
        elif moves:
            to, source = torch.tensor(moves).t()
            self.own[:, to] = self.own[:, source]
        self._arrange(owners)

    def _arrange(self, owners: Sequence[int]) -> None:
        """Assigns the rows to these prompts; frees prompts without rows once they have become many."""
        import torch

        wanted = sorted(set(owners))
        if len(wanted) <= SPARSE * len(self._kept):
            at = {prompt: number for number, prompt in enumerate(self._kept)}
            self.shared = self.shared[:, torch.tensor([at[prompt] for prompt in wanted])]
            self._kept = wanted
        at = {prompt: number for number, prompt in enumerate(self._kept)}
        readers = Readers.of([at[owner] for owner in owners], len(self._kept), "cpu")
        rows = torch.arange(len(owners))
        self.by = rows.view(readers.parts, -1) if readers.rows is None else readers.rows
        """(prompts, readers) int64: the rows that read each prompt, padded with any row."""
        self.of_row = rows if readers.flat is None else readers.flat
        """(rows,) int64: the place of each row in `by`, flattened."""
