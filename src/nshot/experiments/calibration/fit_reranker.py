"""Fit the weights of a reranker: a conditional logit model over the candidates of each question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nshot.arrays import Float64Array
from nshot.experiments.calibration.answers import RatedAnswer, RatedCandidate
from nshot.pipeline import Hints, Reranker

PENALTY: Final = 3.0
"""Of the squared weights of standardised hints, beside the summed log-loss."""
LEAST: Final = 30
"""Fewest questions with right and wrong candidates for a reranker."""
FOR: Final = ("logprob", "agreement", "unsaid")
"""Hints whose weights are not below 0; those of all others are not above 0. So a fit cannot learn
the accidents of few questions."""
_NEVER: Final = -1e9
"""Logit of the places that fill up questions with fewer candidates."""


def fit_reranker(answers: Sequence[RatedAnswer]) -> Reranker | None:
    """The weights under which the right candidates are most probable, among those that ran.

    D. McFadden, Conditional logit analysis of qualitative choice behavior (1974): the probability
    of a candidate is the softmax of its weighed hints over the candidates of its question. Several
    right ones count together.

    Args:
        answers: Of questions that the model was not tuned on.

    Returns:
        None if fewer than `LEAST` questions have right and wrong candidates.
    """
    from scipy.optimize import minimize

    groups = [[one for one in answer.candidates if one.runs] for answer in answers]
    groups = [group for group in groups if len({one.right for one in group}) == 2]
    if len(groups) < LEAST:
        return None
    hints, right, fill = _tabulate(groups)
    spread = _spread(hints, fill)
    table = hints / spread

    def loss(weights: Float64Array) -> tuple[float, Float64Array]:
        logits = table @ weights + fill
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        hit = (chances * right).sum(axis=1, keepdims=True)
        pull = chances * right / hit - chances
        gradient = PENALTY * weights - np.einsum("qck,qc->k", table, pull)
        return float(PENALTY / 2 * (weights**2).sum() - np.log(hit).sum()), gradient

    bounds = [(0.0, None) if name in FOR else (None, 0.0) for name in Hints._fields]
    found = minimize(loss, np.zeros(table.shape[2]), jac=True, method="L-BFGS-B", bounds=bounds)
    return Reranker(Hints(*(round(float(value), 6) for value in found.x / spread)))


def _tabulate(groups: Sequence[Sequence[RatedCandidate]]) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Hints (questions, candidates, hints), whether right (questions, candidates), and the logit of
    places without a candidate, of the same shape.
    """
    most = max(map(len, groups))
    hints = np.zeros((len(groups), most, len(Hints._fields)))
    right = np.zeros((len(groups), most))
    fill = np.full((len(groups), most), _NEVER)
    for row, group in enumerate(groups):
        for at, one in enumerate(group):
            hints[row, at], right[row, at], fill[row, at] = one.hints, one.right, 0.0
    return hints, right, fill


def _spread(hints: Float64Array, fill: Float64Array) -> Float64Array:
    """Standard deviation of each hint around the mean of its question; 1 where it never differs."""
    there = (fill == 0)[..., None]
    means = (hints * there).sum(axis=1, keepdims=True) / there.sum(axis=1, keepdims=True)
    squares = (((hints - means) * there) ** 2).sum(axis=(0, 1)) / there.sum()
    spread = np.sqrt(squares)
    return np.where(spread > 0, spread, 1.0)
