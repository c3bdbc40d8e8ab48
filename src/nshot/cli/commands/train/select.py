"""`nshot train select`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import table, write
from nshot.cli.output.train_progress import watch_training
from nshot.options import check_least, option


@dataclass(frozen=True)
class ReselectOptions:
    """How many questions decide; checked on construction."""

    EXPLICIT: ClassVar = True

    questions: int = option(0)
    """Answer this many held-out questions with every adapter that was kept, and select again."""

    def __post_init__(self) -> None:
        check_least("questions", self.questions, 0)


@derive_options
def select(
    folder: Annotated[Path, typer.Argument(help="The folder of a training.")], wanted: ReselectOptions
) -> None:
    """Show the evaluations of a training on held-out databases, and which adapter is the best."""
    from nshot.training import select_again, selection

    if wanted.questions:
        with watch_training() as watch:
            found = select_again(folder, wanted.questions, watch)
    else:
        found = selection(folder)
    rows = [
        (
            evaluation.step,
            f"{evaluation.loss:.4f}",
            "" if evaluation.ex is None else f"{100 * evaluation.ex:.1f} % of {evaluation.questions}",
            f"{evaluation.seconds / 60:.1f}",
            "best" if evaluation == found.best else "kept" if evaluation.step in found.kept else "",
        )
        for evaluation in found.evaluations
    ]
    table(("step", "loss", "EX", "minutes", ""), rows)
    if found.best is not None:
        write(f"{folder}/best: step {found.best.step}: {found.why}\n")
