"""Packs, and where the rows of a pack lie in its one sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch


class Pack(NamedTuple):
    """Rows that share their first tokens, as one sequence: the prefix, then each row's own
    tokens."""

    prefix: tuple[int, ...]
    """Tokens that every row begins with; may be empty."""
    rows: tuple[tuple[int, ...], ...]
    """The tokens of each row after the prefix: the rest of its prompt, its response, the end
    token.
    """
    counted: tuple[int, ...]
    """Number of last tokens of each row that count in the loss; fewer than the row has tokens in
    all.
    """

    @property
    def tokens(self) -> int:
        """Number of tokens computed."""
        return len(self.prefix) + sum(map(len, self.rows))


class Layout(NamedTuple):
    """The places of a pack's rows in its one sequence."""

    prefix: int
    """Number of tokens of the prefix."""
    places: torch.Tensor
    """(rows, longest) int64: index of each row's tokens in the sequence; the last one repeats as
    padding.
    """
    flat: torch.Tensor
    """(tokens after the prefix,) int64: index of each token in the flattened `places`."""
    causal: torch.Tensor
    """(longest, longest) bool: True where the first token must not see the second."""
    causal_prefix: torch.Tensor
    """The same for the prefix, (prefix, prefix)."""


def layout(pack: Pack, device: Any) -> Layout:
    """The layout of a pack on a device."""
    import torch

    start, longest = len(pack.prefix), max(map(len, pack.rows))
    places: list[list[int]] = []
    flat: list[int] = []
    for number, row in enumerate(pack.rows):
        last = start + len(row) - 1
        # Padding is a token of the row itself: a place beyond the sequence could not be gathered.
        places.append([min(start + at, last) for at in range(longest)])
        flat += range(number * longest, number * longest + len(row))
        start += len(row)
    return Layout(
        len(pack.prefix),
        torch.tensor(places, device=device),
        torch.tensor(flat, device=device),
        _later(longest, device),
        _later(len(pack.prefix), device),
    )


def _later(length: int, device: Any) -> torch.Tensor:
    import torch

    return torch.ones(length, length, dtype=torch.bool, device=device).triu(1)
