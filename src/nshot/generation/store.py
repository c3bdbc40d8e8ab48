"""Keys and values of a batch under decoding, kept in place.

Transformers' own cache is copied whole for each token (the new keys are put behind the old ones in a new
tensor) and once more when a beam chooses its parents. Here a new token is written into spare room, and a
row moves only if it must: beams of one prompt share what lies before their own tokens, so of those only
the tail is copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch

ROOM = 64
"""Tokens of spare room when a store is made anew."""


class Moves(NamedTuple):
    """Rows that are copied to the place of others; no place is also a source."""

    to: torch.Tensor
    """(moves,) int64."""
    source: torch.Tensor
    """(moves,) int64."""

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], device: Any) -> Moves | None:
        """The moves of (place, source) pairs; None where there are none."""
        import torch

        return cls(*torch.tensor(pairs, device=device).t()) if pairs else None


def settle(parents: Sequence[int], owners: Sequence[int]) -> list[int]:
    """An order of the new rows in which few have to be moved.

    A row stays where its parent is; a further child of that parent takes a free place of the same owner,
    and only then any free place. So no place that is written to holds a row that another is copied from.

    Args:
        parents: The old row that each new row goes on from.
        owners: The prompt of each old row.

    Returns:
        Of each place, the new row (its position in `parents`) that stands there.

    >>> settle([0, 0, 3, 3, 3], owners=[0, 0, 1, 1, 1])
    [0, 1, 3, 2, 4]
    >>> settle([1, 3], owners=[0, 1, 2, 3])
    [1, 0]
    """
    standing: dict[int, int] = {}
    for new, parent in enumerate(parents):
        if parent < len(parents):
            standing.setdefault(parent, new)
    stay = set(standing.values())
    free = [place for place in range(len(parents)) if place not in standing]
    homes: dict[int, list[int]] = {}
    for place in reversed(free):
        if place < len(owners):
            homes.setdefault(owners[place], []).append(place)
    strangers = []
    for new, parent in enumerate(parents):
        if new not in stay:
            home = homes.get(owners[parent])
            if home:
                standing[home.pop()] = new
            else:
                strangers.append(new)
    standing |= zip((place for place in free if place not in standing), strangers, strict=True)
    return [standing[place] for place in range(len(parents))]


@cache
def store_layer_class() -> Any:
    """`StoreLayer`: transformers is imported late."""
    from transformers.cache_utils import DynamicLayer

    class StoreLayer(DynamicLayer):  # type: ignore[misc]
        """A layer of transformers' cache whose `keys` and `values` are views of a larger tensor."""

        _layer_type = None  # so that transformers does not take it for its own
        _store: tuple[torch.Tensor, torch.Tensor] | None = None

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            start = self.get_seq_length()
            rows, _heads, new, _width = key_states.shape
            store = self._fitting(rows, start, start + new, (key_states, value_states))
            for kept, states in zip(store, (key_states, value_states), strict=True):
                kept[:rows, :, start : start + new] = states
            self._show(rows, start + new)
            return self.keys, self.values

        def _fitting(
            self, rows: int, start: int, end: int, new: tuple[torch.Tensor, torch.Tensor]
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """The store, made anew where it lacks room."""
            if self._store is None or end > self._store[0].shape[2]:
                made = tuple(
                    one.new_empty(rows, one.shape[1], end + (ROOM if start else 0), one.shape[3])
                    for one in new
                )
                if start:
                    for kept, old in zip(made, (self.keys, self.values), strict=True):
                        kept[:, :, :start] = old
                self._store = (made[0], made[1])
            return self._store

        def _show(self, rows: int, end: int) -> None:
            assert self._store is not None
            self.keys, self.values = (kept[:rows, :, :end] for kept in self._store)

        def batch_repeat_interleave(self, repeats: int) -> None:
            super().batch_repeat_interleave(repeats)
            self._store = None

        def batch_select_indices(self, indices: torch.Tensor) -> None:
            super().batch_select_indices(indices)
            self._store = None

        def reset(self) -> None:
            super().reset()
            self._store = None

        def move(self, rows: int, whole: Moves | None, tails: Moves | None, start: int) -> None:
            """Rows copied in place; `tails` from the token `start` on. The first `rows` rows are kept."""
            end = self.get_seq_length()
            if not end:
                return
            self._store = self._store or (self.keys, self.values)
            for kept in self._store:
                for moves, first in ((whole, 0), (tails, start)):
                    if moves is not None:
                        kept[moves.to, :, first:end] = kept[moves.source, :, first:end]
            self._show(rows, end)

    return StoreLayer
