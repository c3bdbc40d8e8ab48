"""How much of the candidates' probability falls to one result."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nshot.pipeline.choose import result_key
from nshot.types import Attempt


def measure_agreement(attempts: Sequence[Attempt]) -> float | None:
    """The agreement with the first attempt, see `measure_agreements`."""
    return measure_agreements(attempts)[0]


def measure_agreements(attempts: Sequence[Attempt]) -> list[float | None]:
    """For each candidate, the share of the candidates' probability that falls to those with its
    result.

    A completion that is there several times counts once. Without log-probabilities every candidate
    counts the same, repeated ones included: how often SQL was drawn tells how probable it is.

    Args:
        attempts: All candidates, the chosen one first.

    Returns:
        (n,) None for a candidate without a result, and for all if there are fewer than two, or one
        was not run.
    """
    if len(attempts) < 2 or any(one.outcome == "untried" for one in attempts):
        return [None] * len(attempts)
    weights: list[float] = [1.0] * len(attempts)
    logprobs = [one.completion.logprob for one in attempts]
    if all(value is not None and math.isfinite(value) for value in logprobs):
        best = max(value for value in logprobs if value is not None)
        seen: set[str] = set()
        for at, one in enumerate(attempts):
            text = one.completion.text
            weights[at] = 0.0 if text in seen else math.exp((one.completion.logprob or 0.0) - best)
            seen.add(text)
    results = [None if one.rows is None else result_key(one.rows) for one in attempts]
    total = sum(weights)
    return [
        None
        if result is None
        else sum(weight for weight, other in zip(weights, results, strict=True) if other == result) / total
        for result in results
    ]
