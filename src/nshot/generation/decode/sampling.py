"""Greedy decoding and sampling: one token a step for every row that is still open."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nshot.generation.decode.pick import Pick
from nshot.generation.decoding import Decoding

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.prefill import Prefilled

ROWS_SORTED = 32
"""Rows that a sampler sorts at once: sorting takes several float64 copies of their logits."""


class Step(NamedTuple):
    row: int
    token: int
    logprob: float
    """Natural logarithm of the token's probability under the model itself, before temperature and
    top_p.
    """


def greedy(logits: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:  # noqa: ARG001
    """The most probable token of each row; ties go to the lowest token id."""
    return logits.argmax(dim=-1)


def sampler(decoding: Decoding, names: Sequence[str]) -> Pick:
    """A function that draws tokens by inverse transform sampling, each row from a random stream of
    its own.

    The stream depends on the seed and the row's name alone, so a row's draws do not depend on the
    other rows of the batch (the logits still may, in their last bits).

    Args:
        decoding: `temperature`, `top_p` and `seed` are used.
        names: Name of each row: the prompt's hash and the candidate's number.
    """
    import torch

    streams = [random.Random(f"{decoding.seed}:{name}") for name in names]

    def draw(logits: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        slices = range(0, len(rows), ROWS_SORTED)
        return torch.cat([some(logits[at : at + ROWS_SORTED], rows[at : at + ROWS_SORTED]) for at in slices])

    def some(logits: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        # (rows, vocabulary) float64: the cumulative sum of a large vocabulary loses small chances in float32.
        chances = (logits.double() / decoding.temperature).softmax(dim=-1)
        # One draw for every row, also where top_p leaves one token: the next draws do not depend on it.
        points = torch.tensor([[streams[row].random()] for row in rows], dtype=chances.dtype)
        if decoding.top_p == 1:
            return _at(chances, points)[:, 0]
        ordered, ids = chances.sort(dim=-1, descending=True, stable=True)
        # Mass of the more probable tokens; the token that reaches top_p is kept, so one always is.
        before = ordered.cumsum(dim=-1) - ordered
        return ids.gather(-1, _at(ordered.masked_fill(before >= decoding.top_p, 0.0), points))[:, 0]

    return draw


def _at(chances: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """(rows, n) weights of any sum, (rows, 1) points in [0, 1) -> (rows, 1) index where each point
    falls.
    """
    import torch

    mass = chances.cumsum(dim=-1)
    at = torch.searchsorted(mass, points.to(mass.device) * mass[:, -1:], right=True)
    last = (mass < mass[:, -1:]).sum(dim=-1, keepdim=True)  # last index of positive weight
    return torch.minimum(at, last)  # rounding may put a point beyond all mass


def decode_tokens(state: Prefilled, pick: Pick, closed: set[int], limit: int) -> Iterator[list[Step]]:
    """Yields the tokens of each step, for the rows that are not finished.

    Args:
        state: The prefilled batch; it must not be used afterwards.
        pick: Chooses the tokens.
        closed: Numbers of finished rows; the caller adds to it between steps, and the rows leave
            the batch.
        limit: Most steps.
    """
    # `rows[at]` is the caller's number of the row that stands at `at` in the batch now.
    rows = list(range(len(state.logits)))
    for left in range(limit, 0, -1):
        tokens = pick(state.logits, rows)
        logprobs = state.logits.log_softmax(dim=-1).gather(-1, tokens[:, None])[:, 0]
        chosen = tokens.tolist()
        yield [Step(*step) for step in zip(rows, chosen, logprobs.tolist(), strict=True)]
        open_rows = [at for at, row in enumerate(rows) if row not in closed]
        if not open_rows or left == 1:
            return
        order = state.grow(open_rows, [chosen[at] for at in open_rows])
        rows = [rows[open_rows[new]] for new in order]
