"""`nshot train resume`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.output.train_progress import show_outcome, watch_training


def resume(
    folder: Annotated[Path, typer.Argument(help="The folder of a training.")],
    minutes: Annotated[
        float | None,
        typer.Option(help="Minutes of training in total, including earlier runs, in place of the recipe's."),
    ] = None,
) -> None:
    """Resume a training that was stopped or killed, from its last checkpoint."""
    from nshot.training import resume as go_on

    with watch_training() as watch:
        outcome = go_on(folder, minutes, watch)
    show_outcome(outcome)
