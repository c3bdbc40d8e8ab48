"""Fit the weights of a calibration: logistic regression with a ridge penalty, slopes not below
0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from nshot.arrays import Float64Array
from nshot.experiments.calibration.answers import RatedCandidate
from nshot.pipeline import Calibration, ConfidenceWeights, Signals

ALWAYS: Final = ("unsaid", "unsaid_names", "empty")
"""Signals that are known of every answer."""
PENALTY: Final = 1.0
"""Of the squared slopes, beside the summed log-loss: felt with tens of questions, not with
hundreds.
"""
LEAST: Final = 20
"""Fewest answers with some signals for weights of these signals."""


def fit_calibration(answers: Sequence[RatedCandidate]) -> Calibration:
    """The weights for each set of signals that enough answers have.

    Answers that did not run take no part: they are rated 0 without weights.
    """
    ran = [answer for answer in answers if answer.runs]
    chosen = ("choice",) if any(answer.signals.choice is not None for answer in ran) else ()
    return Calibration(
        both=fit_weights(ran, ("logprob", "agreement", *ALWAYS, *chosen)),
        logprob=fit_weights(ran, ("logprob", *ALWAYS)),
        agreement=fit_weights(ran, ("agreement", *ALWAYS, *chosen)),
        questions=len(answers),
    )


def fit_weights(answers: Sequence[RatedCandidate], names: Sequence[str]) -> ConfidenceWeights | None:
    """The weights of some signals, fitted on the answers that have them; None for fewer than
    `LEAST`.

    J. Platt, Probabilistic outputs for support vector machines (1999), with more than one score.

    Args:
        answers: All answers.
        names: The signals.
    """
    from scipy.optimize import minimize

    answers = [answer for answer in answers if None not in _values(answer, names)]
    if len(answers) < LEAST:
        return None
    right = np.array([answer.right for answer in answers], dtype=np.bool_)
    columns = zip(*(_values(answer, names) for answer in answers), strict=True)
    table = np.array([[1.0] * len(answers), *columns], dtype=np.float64).T

    def loss(weights: Float64Array) -> tuple[float, Float64Array]:
        logits = table @ weights
        slopes = np.concatenate([[0.0], weights[1:]])
        losses = np.logaddexp(0.0, np.where(right, -logits, logits))
        gradient = table.T @ (1 / (1 + np.exp(-logits)) - right) + PENALTY * slopes
        return float(losses.sum() + PENALTY / 2 * (slopes**2).sum()), gradient

    bounds = [(None, None), *[(0.0, None)] * len(names)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    bias, *slopes = (round(float(value), 6) for value in found.x)
    return ConfidenceWeights(bias, **dict(zip(names, slopes, strict=True)))


def _values(answer: RatedCandidate, names: Sequence[str]) -> list[float | None]:
    scaled = dict(zip(Signals._fields, answer.signals.scale(), strict=True))
    return [scaled[name] for name in names]
