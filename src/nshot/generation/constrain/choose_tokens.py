"""Choosing tokens under a constraint: the model's order, without tokens that cannot become valid
SQL.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nshot.generation.constrain.constraint_state import ConstraintState

if TYPE_CHECKING:
    import torch

    from nshot.generation.decode.pick import Pick

CANDIDATES: Final = 64
"""Number of most probable tokens that are tried before the whole vocabulary."""
_LOG = logging.getLogger(__name__)


def constrain_pick(pick: Pick, constraints: Sequence[ConstraintState | None]) -> Pick:
    """A `Pick` that picks again, among valid tokens, where a row's constraint refuses the first
    choice.

    A row whose constraint allows no token of the vocabulary continues without it, and that is
    logged.

    Args:
        pick: Chooses among any logits.
        constraints: The constraint of each row at the beginning of its completion; None allows
            every token.
    """
    current: list[ConstraintState | None] = list(constraints)

    def pick_valid(logits: torch.Tensor, rows: Sequence[int]) -> torch.Tensor:
        # Most first choices are valid, so one check per row is cheaper than filtering every row's vocabulary.
        tokens = pick(logits, rows)
        before = [current[row] for row in rows]
        after = _after(before, tokens.tolist())
        again = [at for at, constraint in enumerate(before) if constraint is not None and after[at] is None]
        if again:
            # (rows again, n): `pick` answers with positions among these n, and `ids` has their tokens.
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

    return pick_valid


def only_valid(
    logits: torch.Tensor, constraints: Sequence[ConstraintState | None]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The most probable tokens of each row; those that its constraint refuses are at minus
    infinity.

    The whole vocabulary is searched only if none of the first `CANDIDATES` tokens is valid.

    Args:
        logits: (rows, vocabulary) logits or log-probabilities.
        constraints: The constraint of each row; None allows every token.

    Returns:
        (rows, n) logits and (rows, n) token ids in ascending order; n is `CANDIDATES` or the
        vocabulary.
    """
    # Ids ascend, so that an argmax over `few` breaks ties by the lowest token id, as over the vocabulary.
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
            _LOG.warning("no token continues valid SQL; a completion continues unconstrained")
    return few, ids


def best_valid(logits: torch.Tensor, constraint: ConstraintState, count: int) -> list[tuple[float, int]]:
    """The most probable valid tokens of the whole vocabulary with their logits; ties: the lower id
    first.

    Args:
        logits: (vocabulary,) logits or log-probabilities.
        constraint: The constraint of the row.
        count: Most tokens returned.
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
