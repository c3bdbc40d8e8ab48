"""The choice among the states that a training kept: by the answers to held-out questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from nshot.adaptation.measure import WayResult


class KeptState(NamedTuple):
    """A state of the training whose adapter exists."""

    step: int
    loss: float
    """Mean loss of the held-out pairs, nats."""
    folder: Path
    """Of its adapter."""


class JudgedState(NamedTuple):
    """A state with its answers to the held-out questions."""

    state: KeptState
    result: WayResult


def list_states(training: Path) -> list[KeptState]:
    """The states that a training kept, in the order of their steps; none if nothing was held
    out."""
    from nshot.training import evaluation_folder, selection

    found = selection(training)
    return [
        KeptState(one.step, one.loss, evaluation_folder(training, one.step))
        for one in found.evaluations
        if one.step in found.kept
    ]


def choose_state(judged: Sequence[JudgedState]) -> JudgedState:
    """The state with most right answers; ties go to the lower loss, then to the earlier step."""
    return min(judged, key=lambda one: (-sum(one.result.right), one.state.loss, one.state.step))


def correct_for_choice(judged: Sequence[JudgedState]) -> int:
    """The number of right answers if the state had been chosen without the questions that measure
    it.

    The questions are dealt into two halves. Each half is answered by the state that the other half
    chooses: an estimate that choosing among several states does not flatter.
    """
    count = len(judged[0].result.right)
    right = 0
    for side in (0, 1):
        others = [at for at in range(count) if at % 2 != side]
        best = min(
            judged,
            key=lambda one: (-sum(one.result.right[at] for at in others), one.state.loss, one.state.step),
        )
        right += sum(best.result.right[at] for at in range(count) if at % 2 == side)
    return right


def explain_choice(judged: Sequence[JudgedState]) -> str:
    """Why a state was chosen, in a few words."""
    best = choose_state(judged)
    right, count = sum(best.result.right), len(best.result.right)
    if len(judged) == 1:
        return "the only state that was evaluated"
    others = ", ".join(
        f"step {one.state.step}: {sum(one.result.right)}, loss {one.state.loss:.3f}"
        for one in judged
        if one is not best
    )
    return (
        f"{right} of {count} right with pairs shown, loss {best.state.loss:.3f} ({others}); if each half "
        f"of the questions is answered by the state that the other half chooses: {correct_for_choice(judged)}"
    )
