"""Training curves as files: steps in history.csv, evaluations in evaluations.csv, one line each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nshot.artifacts import make_folder, replacing
from nshot.training.tuning.loop.state import EvalResult

FILE, EVALUATIONS = "history.csv", "evaluations.csv"


class StepRecord(NamedTuple):
    """The record of one step of the optimiser."""

    step: int
    """Number of the step, from 1."""
    epoch: float
    """Passes over the data so far."""
    share: float
    """Share of the training done."""
    loss: float
    """Mean over the step's counted tokens, nats."""
    learning_rate: float
    norm: float
    """Norm of the gradient before clipping."""
    rows: int
    tokens: int
    """Tokens computed; a shared prefix counts once."""
    seconds: float
    """Seconds of training until the step's end, all runs together."""


class History:
    """Appends to the files of a folder."""

    def __init__(self, out: Path, step: int, evaluations: Sequence[EvalResult]) -> None:
        """
        Args:
            out: The folder.
            step: Step that the run continues from; later lines, of a run that was killed, are
                dropped.
            evaluations: Evaluations until then.
        """
        make_folder(out)
        # The files are cut back to the state, which alone decides: steps that a killed run took after its
        # last checkpoint are run again.
        _write(out / FILE, StepRecord._fields, _until(out / FILE, step))
        _write(out / EVALUATIONS, EvalResult._fields, map(_cells, evaluations))
        self._out = out
        self._board = _board(out, step)

    def step(self, step: StepRecord) -> None:
        """Appends a step."""
        _append(self._out / FILE, step)
        if self._board is not None:
            for name in ("loss", "learning_rate", "norm"):
                self._board.add_scalar(f"train/{name}", getattr(step, name), step.step)

    def evaluation(self, evaluation: EvalResult) -> None:
        """Appends an evaluation."""
        _append(self._out / EVALUATIONS, evaluation)
        if self._board is not None:
            self._board.add_scalar("held out/loss", evaluation.loss, evaluation.step)
            if evaluation.ex is not None:
                self._board.add_scalar("held out/EX", evaluation.ex, evaluation.step)


def _until(path: Path, step: int) -> list[list[str]]:
    """The lines up to this step; an incomplete line of a killed run is dropped."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.reader(file) if len(line) == len(StepRecord._fields)][1:]
    return [line for line in lines if int(line[0]) <= step]


def _write(path: Path, fields: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    with replacing(path) as work, work.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(lines)


def _append(path: Path, values: Iterable[Any]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(_cells(values))


def _cells(values: Iterable[Any]) -> list[Any]:
    return ["" if value is None else value for value in values]


def _board(out: Path, step: int) -> Any:
    """A TensorBoard writer if TensorBoard is installed, else None."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(out / "tensorboard"), purge_step=step + 1)
