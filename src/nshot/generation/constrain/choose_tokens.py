"""Choosing tokens under guard: the model's order, without what cannot become valid SQL."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nshot.generation.constrain.constraint_state import ConstraintState

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.pick import Pick

CANDIDATES: Final = 64
"""Most probable tokens that are tried before the whole vocabulary."""
_LOG = logging.getLogger(__name__)


def guarded(pick: Pick, constraints: Sequence[ConstraintState | None]) -> Pick:
    """A way to pick tokens that picks a second time, among valid ones, where the row's guard refuses.

    A row whose guard lets no token of the vocabulary pass goes on unguarded, and that is logged.

    Args:
        pick: Chooses among any logits.
        guards: Of each row of the batch, at its beginning; None refuses nothing.
    """
    current: list[ConstraintState | None] = list(constraints)

    def guarded_pick(logits: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        tokens = pick(logits, rows)
        before = [current[row] for row in rows]
        after = _after(before, tokens.tolist())
        again = [at for at, constraint in enumerate(before) if constraint is not None and after[at] is None]
        if again:
            few, ids = only_valid(logits[again], [before[at] for at in again])
            chosen = ids.gather(-1, pick(few, [rows[at] for at in again])[:, None])[:, 0]
            tokens = tokens.clone()
            tokens[again] = chosen
            for at, constraint in zip(
                again, _after([before[at] for at in again], chosen.tolist()), strict=True
            ):
                after[at] = constraint
        for row, constraint in zip(rows, after, strict=True):
            current[row] = constraint
        return tokens

    return guarded_pick


def only_valid(
    logits: torch.Tensor, constraints: Sequence[ConstraintState | None]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The most probable tokens of each row, those that its guard refuses at minus infinity.

    Only where none of the first `CANDIDATES` is valid the whole vocabulary is searched.

    Args:
        logits: (rows, vocabulary), or log-probabilities.
        guards: Of each row; None refuses nothing.

    Returns:
        (rows, n) logits and (rows, n) token ids in ascending order; n is `CANDIDATES` or the vocabulary.
    """
    size = min(CANDIDATES, logits.shape[-1])
    ids = logits.topk(size, dim=-1).indices.sort(dim=-1).values
    few = logits.gather(-1, ids)
    for row, (constraint, tokens) in enumerate(zip(constraints, ids.tolist(), strict=True)):
        if constraint is None:
            continue
        refused = [at for at, token in enumerate(tokens) if constraint.after(token) is None]
        if len(refused) < size:
            few[row, refused] = float("-inf")
        elif best := sorted(token for _, token in best_valid(logits[row], constraint, size)):
            few[row], ids[row] = float("-inf"), best[0]
            few[row, : len(best)] = logits[row, best]
            ids[row, : len(best)] = ids.new_tensor(best)
        else:
            _LOG.warning("no token goes on as valid SQL; a completion goes on unconstrained")
    return few, ids


def best_valid(logits: torch.Tensor, constraint: ConstraintState, count: int) -> list[tuple[float, int]]:
    """The most probable valid tokens of the whole vocabulary with their logits; ties: the lower id first.

    Args:
        logits: (vocabulary,), or log-probabilities.
        guard: Of the row.
        count: Tokens at most.
    """
    valid = sorted(constraint.valid())
    best = logits[valid].sort(descending=True, stable=True)
    ids = [valid[at] for at in best.indices[:count].tolist()]
    return list(zip(best.values[:count].tolist(), ids, strict=True))


def _after(
    constraints: Sequence[ConstraintState | None], tokens: Sequence[int]
) -> list[ConstraintState | None]:
    return [
        constraint and constraint.after(token) for constraint, token in zip(constraints, tokens, strict=True)
    ]
