"""Keys and values that several rows of a batch read, and which rows read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import torch


class Readers(NamedTuple):
    """Which rows read which of the parts that are kept once."""

    parts: int
    rows: torch.Tensor | None
    """(parts, most readers of a part) int64: the rows that read each part, padded with any row;
    None: rows stand part by part, equally many each."""
    flat: torch.Tensor | None
    """(rows,) int64: the place of each row in the flattened `rows`; None: as they stand."""

    @classmethod
    def of(cls, owners: Sequence[int], parts: int, device: Any) -> Readers:
        """The readers of each part, from the part that each row reads.

        >>> parts, rows, flat = Readers.of([0, 2, 0], parts=3, device="cpu")
        >>> rows.tolist(), flat.tolist()
        ([[0, 2], [0, 0], [1, 0]], [0, 4, 1])
        >>> Readers.of([0, 0, 1, 1], parts=2, device="cpu")
        Readers(parts=2, rows=None, flat=None)
        """
        import torch

        readers: list[list[int]] = [[] for _ in range(parts)]
        for row, owner in enumerate(owners):
            readers[owner].append(row)
        most = max(map(len, readers))
        flat = [0] * len(owners)
        for part, rows in enumerate(readers):
            for at, row in enumerate(rows):
                flat[row] = part * most + at
        # The usual beam: every prompt has its full width of rows, in order. A view does, no index is needed.
        if flat == list(range(parts * most)):
            return cls(parts, None, None)
        padded = [(rows + [0] * most)[:most] for rows in readers]
        return cls(parts, torch.tensor(padded, device=device), torch.tensor(flat, device=device))


class Part(NamedTuple):
    """Keys and values that several rows read."""

    keys: torch.Tensor
    """(parts, key heads, tokens, width)."""
    values: torch.Tensor
    readers: Readers


class SharedKV(Protocol):
    """What lies before the new tokens of a batch's rows; a `KVCache` is one."""

    def parts(self, layer: int) -> list[Part]:
        """What the rows read in this layer before their own new tokens, in the order of the
        tokens."""
        ...
