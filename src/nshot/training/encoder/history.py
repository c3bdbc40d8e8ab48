"""The results of each pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple


class Epoch(NamedTuple):
    """One pass over the training questions, with its results on the held-out databases."""

    number: int
    """Number of the epoch, from 1; 0 is the base before any training."""
    loss: float
    """Mean loss of the pass; NaN for number 0."""
    question: float | None
    """Share of held-out questions with their skeleton in the first 3, plain texts; None: not
    measured.
    """
    masked: float | None
    """The same for masked texts."""
    seconds: float
    """Seconds since the start, all runs of a resumed training together."""

    @property
    def score(self) -> float:
        """The measure of a pass: the mean over the kinds of text that the encoder is trained on."""
        shares = [share for share in (self.question, self.masked) if share is not None]
        return sum(shares) / len(shares)


def best_of(history: Sequence[Epoch]) -> Epoch:
    """The pass with the highest score; ties go to the lower loss, then to the earlier one."""
    return max(history, key=lambda epoch: (epoch.score, -_loss(epoch), -epoch.number))


def _loss(epoch: Epoch) -> float:
    return math.inf if math.isnan(epoch.loss) else epoch.loss
