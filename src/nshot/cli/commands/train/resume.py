"""`nshot train resume`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.train_progress import show_outcome, watch_training
from nshot.options import option


@dataclass(frozen=True)
class ResumeOptions:
    """How long a training goes on."""

    EXPLICIT: ClassVar = True

    minutes: float | None = option(None)
    """Minutes of training in total, including earlier runs, in place of the recipe's."""


@derive_options
def resume(
    folder: Annotated[Path, typer.Argument(help="The folder of a training.")], wanted: ResumeOptions
) -> None:
    """Resume a training that was stopped or killed, from its last checkpoint."""
    from nshot.training import resume as go_on

    with watch_training() as watch:
        outcome = go_on(folder, wanted.minutes, watch)
    show_outcome(outcome)
