"""Where a training stands, and what came of each look at the held-out rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class EvalResult(NamedTuple):
    """What the held-out rows say of one state of the adapter."""

    step: int
    """Steps of the optimiser done; 0 is the base."""
    loss: float
    """Mean over counted tokens, nats."""
    ex: float | None = None
    """Share of held-out questions answered right; None where none was asked."""
    questions: int = 0
    seconds: float = 0.0
    """Of training until then, all runs together."""


def ranked(evaluations: Sequence[EvalResult]) -> list[EvalResult]:
    """Best first: by EX, ties by the lower loss, then the earlier step; the untrained base never counts.

    >>> evaluations = [EvalResult(0, 1.0), EvalResult(5, 0.4, 0.5), EvalResult(9, 0.3, 0.5)]
    >>> evaluations.append(EvalResult(12, 0.3, 0.4))
    >>> [evaluation.step for evaluation in ranked(evaluations)]
    [9, 5, 12]
    """
    trained = [evaluation for evaluation in evaluations if evaluation.step > 0]
    return sorted(
        trained,
        key=lambda evaluation: (
            -(-1.0 if evaluation.ex is None else evaluation.ex),
            math.inf if math.isnan(evaluation.loss) else evaluation.loss,
            evaluation.step,
        ),
    )


def why(evaluations: Sequence[EvalResult]) -> str:
    """In words, why the first of the ranked looks is the best.

    >>> why([EvalResult(5, 0.4, 0.5), EvalResult(9, 0.3, 0.5)])
    'EX 50.0 % as step 5, and the lower loss: 0.3000, there 0.4000'
    """
    order = ranked(evaluations)
    if len(order) < 2:
        return "the only look" if order else "no look was taken"
    first, second = order[:2]
    if first.ex != second.ex:
        return (
            f"the highest EX: {_percent(first.ex)}, the next (step {second.step}) has {_percent(second.ex)}"
        )
    same = "" if first.ex is None else f"EX {_percent(first.ex)} as step {second.step}, and "
    if first.loss != second.loss:
        whose = f"there {second.loss:.4f}" if same else f"the next (step {second.step}) has {second.loss:.4f}"
        return f"{same}the lower loss: {first.loss:.4f}, {whose}"
    return f"{same}the same loss as step {second.step}, but earlier"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.1f} %"


@dataclass
class State:
    """All that the next step depends on; order and dropout follow from the seed and the place."""

    step: int = 0
    """Steps of the optimiser done."""
    epoch: int = 0
    place: int = 0
    """Steps done of this epoch."""
    seconds: float = 0.0
    """Of training, all runs together."""
    evaluations: list[EvalResult] = field(default_factory=list)
    looked: float = 0.0
    """`seconds` at the last look."""
    optimiser: dict[str, Any] = field(default_factory=dict)
    """As `MasterWeights.state` gives it."""
