"""The curve of a training: one line a step in history.csv, one a look in looks.csv; TensorBoard if asked."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, NamedTuple

from nshot.training.tuning.state import Look

FILE, LOOKS = "history.csv", "looks.csv"


class Step(NamedTuple):
    """What one step of the optimiser was."""

    step: int
    """From 1."""
    epoch: float
    """Passes over the data done."""
    share: float
    """Of the training done."""
    loss: float
    """Mean over the step's counted tokens, nats."""
    learning_rate: float
    norm: float
    """Of the gradient, before it is clipped."""
    rows: int
    tokens: int
    """Computed: a shared prefix counts once."""
    seconds: float
    """Of training until its end, all runs together."""


class History:
    """Appends to the files of a folder; lines after the step that a run goes on from are dropped."""

    def __init__(self, out: Path, step: int) -> None:
        out.mkdir(parents=True, exist_ok=True)
        _keep(out / FILE, Step._fields, step)
        _keep(out / LOOKS, Look._fields, step)
        self._out = out
        self._board = _board(out, step)

    def step(self, step: Step) -> None:
        """Appends a step."""
        _append(self._out / FILE, step)
        if self._board is not None:
            for name in ("loss", "learning_rate", "norm"):
                self._board.add_scalar(f"train/{name}", getattr(step, name), step.step)

    def look(self, look: Look) -> None:
        """Appends a look."""
        _append(self._out / LOOKS, look)
        if self._board is not None:
            self._board.add_scalar("held out/loss", look.loss, look.step)
            if look.ex is not None:
                self._board.add_scalar("held out/EX", look.ex, look.step)


def _keep(path: Path, fields: tuple[str, ...], step: int) -> None:
    """The file with its head, and with the lines up to this step; a line that a kill cut is dropped."""
    lines: list[list[str]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            lines = [line for line in csv.reader(file) if len(line) == len(fields)][1:]
    place = fields.index("step")
    work = path.with_name(f".{path.name}")
    with work.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(line for line in lines if int(line[place]) <= step)
    work.replace(path)


def _append(path: Path, values: tuple[Any, ...]) -> None:
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow("" if value is None else value for value in values)


def _board(out: Path, step: int) -> Any:
    """TensorBoard's writer where that is installed, else None."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(out / "tensorboard"), purge_step=step + 1)
