"""The choice among kept states, and its correction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nshot.adaptation.choose import (
    JudgedState,
    KeptState,
    choose_state,
    correct_for_choice,
    explain_choice,
)
from nshot.adaptation.measure import Way, WayResult
from nshot.types import Verdict


def judged(step: int, loss: float, right: Sequence[int]) -> JudgedState:
    verdicts = tuple(
        Verdict(at, "shop", "easy", None, bool(one), False, "ok", "") for at, one in enumerate(right)
    )
    return JudgedState(
        KeptState(step, loss, Path(f"step-{step}")), WayResult(Way("adapted", 3), (), verdicts)
    )


def test_most_right_answers_win_then_the_lower_loss_then_the_earlier_step() -> None:
    states = [judged(1, 0.3, [1, 0, 0]), judged(2, 0.5, [1, 1, 0]), judged(3, 0.4, [0, 1, 1])]
    assert choose_state(states).state.step == 3
    assert choose_state([judged(2, 0.4, [1]), judged(1, 0.4, [1])]).state.step == 1


def test_the_correction_lets_no_question_choose_the_state_that_answers_it() -> None:
    """Each state is right on one half alone: chosen by the other half, it is right nowhere."""
    states = [judged(1, 0.4, [1, 0, 1, 0]), judged(2, 0.4, [0, 1, 0, 1])]
    assert sum(choose_state(states).result.right) == 2
    assert correct_for_choice(states) == 0
    assert correct_for_choice([judged(1, 0.4, [1, 0, 1, 1])]) == 3


def test_the_choice_is_explained() -> None:
    states = [judged(4, 0.5, [1, 1]), judged(8, 0.25, [1, 0])]
    told = explain_choice(states)
    assert told.startswith("2 of 2 right with pairs shown, loss 0.500 (step 8: 1, loss 0.250)")
    assert explain_choice(states[:1]) == "the only state that was evaluated"
