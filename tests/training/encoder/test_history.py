"""Which pass is the best."""

from __future__ import annotations

import math

from nshot.training.encoder.history import Epoch, best_of


def epoch(number: int, loss: float, question: float | None, masked: float | None) -> Epoch:
    return Epoch(number, loss, question, masked, 0.0)


def test_the_mean_over_both_texts_decides() -> None:
    assert best_of([epoch(1, 3.0, 0.6, 0.2), epoch(2, 4.0, 0.4, 0.5)]).number == 2
    assert best_of([epoch(1, 3.0, None, 0.2), epoch(2, 4.0, None, 0.1)]).number == 1


def test_a_tie_goes_to_the_lower_loss_and_then_to_the_earlier_pass() -> None:
    base = epoch(0, math.nan, 0.5, 0.5)
    assert best_of([base, epoch(1, 3.0, 0.5, 0.5), epoch(2, 2.0, 0.4, 0.6)]).number == 2
    assert best_of([base, epoch(1, 3.0, 0.5, 0.5), epoch(2, 3.0, 0.5, 0.5)]).number == 1
    assert best_of([base, base]).number == 0
