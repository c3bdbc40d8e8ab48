"""The state of a training, and the results of its evaluations on held-out rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class EvalResult(NamedTuple):
    """The result of one evaluation of the adapter on held-out rows."""

    step: int
    """Steps of the optimiser so far; 0 is the untrained base."""
    loss: float
    """Mean over counted tokens, nats."""
    ex: float | None = None
    """Execution accuracy: share of held-out questions answered right; None if no question was
    answered.
    """
    questions: int = 0
    seconds: float = 0.0
    """Seconds of training until then, all runs together."""


def rank_evaluations(evaluations: Sequence[EvalResult]) -> list[EvalResult]:
    """The evaluations, best first: by EX, then lower loss, then earlier step; without the untrained
    base.

    >>> evaluations = [EvalResult(0, 1.0), EvalResult(5, 0.4, 0.5), EvalResult(9, 0.3, 0.5)]
    >>> evaluations.append(EvalResult(12, 0.3, 0.4))
    >>> [evaluation.step for evaluation in rank_evaluations(evaluations)]
    [9, 5, 12]
    """
    trained = [evaluation for evaluation in evaluations if evaluation.step > 0]
    return sorted(
        trained,
        key=lambda evaluation: (
            # Without answers EX counts as lower than 0; a loss that is not a number is the highest.
            -(-1.0 if evaluation.ex is None else evaluation.ex),
            math.inf if math.isnan(evaluation.loss) else evaluation.loss,
            evaluation.step,
        ),
    )


def explain_best(evaluations: Sequence[EvalResult]) -> str:
    """Explains why the first of the ranked evaluations is the best.

    >>> explain_best([EvalResult(5, 0.4, 0.5), EvalResult(9, 0.3, 0.5)])
    'EX 50.0 % as step 5, and the lower loss: 0.3000, there 0.4000'
    """
    order = rank_evaluations(evaluations)
    if len(order) < 2:
        return "the only evaluation" if order else "there was no evaluation"
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
    """The state that the next step depends on; data order and dropout follow from the seed and the
    place.
    """

    step: int = 0
    """Steps of the optimiser so far."""
    epoch: int = 0
    place: int = 0
    """Steps of this epoch so far."""
    seconds: float = 0.0
    """Seconds of training, all runs together."""
    evaluations: list[EvalResult] = field(default_factory=list)
    evaluated_at: float = 0.0
    """`seconds` at the last evaluation."""
    optimiser: dict[str, Any] = field(default_factory=dict)
    """The result of `MasterWeights.state`."""
