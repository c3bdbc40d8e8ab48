"""Shows the progress of a training and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from nshot.cli.output.console import LOG_EVERY, progress, say, write
from nshot.cli.training_judge import make_judge

if TYPE_CHECKING:
    from nshot.training import EvalResult, Outcome, StepRecord, Watch

STOPPED = 130
"""Exit status of a training that was stopped and can be resumed."""
SMOOTH = 0.95
"""Weight of the earlier steps in the moving average of the loss."""


@contextmanager
def watch_training() -> Iterator[Watch]:
    """A `Watch` that shows everything on stderr and judges answers with the evaluator."""
    from nshot.training import Watch

    with progress() as report:
        yield Watch(teller(), report, say, make_judge)


def teller() -> Callable[[StepRecord | EvalResult], None]:
    """A function that shows every evaluation on stderr, and a step now and then."""
    from nshot.training import StepRecord

    meter = _Meter()

    def tell(event: StepRecord | EvalResult) -> None:
        if isinstance(event, StepRecord):
            line = meter.line(event)
            if meter.is_due():
                say(line)
        else:
            answered = (
                "" if event.ex is None else f", EX {100 * event.ex:.1f} % of {event.questions} questions"
            )
            say(f"step {event.step}: held-out loss {event.loss:.4f}{answered}")

    return tell


class _Meter:
    """Speed and smoothed loss of this run."""

    def __init__(self) -> None:
        self._first: StepRecord | None = None
        self._rows = self._tokens = 0
        self._loss = self._weight = 0.0
        self._last = time.monotonic()

    def line(self, step: StepRecord) -> str:
        if self._first is None:
            self._first = step
        else:
            self._rows += step.rows
            self._tokens += step.tokens
        self._loss = SMOOTH * self._loss + (1 - SMOOTH) * step.loss
        self._weight = SMOOTH * self._weight + 1 - SMOOTH
        passed, done = step.seconds - self._first.seconds, step.share - self._first.share
        speed = f", {self._rows / passed:.1f} rows/s, {self._tokens / passed:.0f} tokens/s" if passed else ""
        left = f", about {passed / done * (1 - step.share) / 60:.1f} min left" if done > 0 else ""
        return (
            f"step {step.step}, epoch {step.epoch:.2f}: loss {self._loss / self._weight:.4f}, "
            f"lr {step.learning_rate:.2e}{speed}{left}"
        )

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self._last < LOG_EVERY:
            return False
        self._last = now
        return True


def show_outcome(outcome: Outcome) -> None:
    """Prints how a training ended and what to do next; exits with status STOPPED if it can be
    resumed.
    """
    state, out, best = outcome.state, outcome.out, outcome.best
    if outcome.first and outcome.ending == "stopped":
        say(f"stopped after step {state.step}; everything is saved; resume with: nshot train resume {out}")
    elif outcome.first and best is None:
        write(f"{out}/last: step {state.step}\n")
    elif outcome.first and best is not None:
        answered = "" if best.ex is None else f", EX {100 * best.ex:.1f} %"
        write(f"{out}/best: step {best.step} of {state.step}, held-out loss {best.loss:.4f}{answered}\n")
    if outcome.ending == "stopped":
        raise typer.Exit(STOPPED)
