"""`nshot train select`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.output.console import table, write
from nshot.cli.output.train_progress import watch_training


def select(
    folder: Annotated[Path, typer.Argument(help="The folder of a training.")],
    questions: Annotated[
        int,
        typer.Option(
            min=0,
            help="Answer this many held-out questions with every adapter that was kept, and select again.",
        ),
    ] = 0,
) -> None:
    """Show the evaluations of a training on held-out databases, and which adapter is the best."""
    from nshot.training import select_again, selection

    if questions:
        with watch_training() as watch:
            found = select_again(folder, questions, watch)
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
