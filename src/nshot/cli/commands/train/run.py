"""`nshot train run`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import progress, say
from nshot.cli.output.train_plan import show_plan
from nshot.cli.output.train_progress import show_outcome, watch_training
from nshot.options import option


@dataclass(frozen=True)
class TrainRunOptions:
    """Where a training is kept, and what differs from its recipe."""

    EXPLICIT: ClassVar = True

    out: Path | None = option(None)
    """The training's folder. By default runs/ and the recipe's name."""
    minutes: float | None = option(None)
    """Minutes of training, in place of the recipe's."""
    changes: tuple[str, ...] = option((), name="set")
    """section.key=value: replaces a value of the recipe; may be given several times."""
    dry_run: bool = option(False, only_on=True)
    """Train nothing and write nothing: show sizes, time and three rows."""


@derive_options
def run(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file; see configs/.")],
    wanted: TrainRunOptions,
) -> None:
    """Tune a model by a recipe. Ctrl-C saves; `nshot train resume` continues."""
    from nshot.training import dry_run as make_plan
    from nshot.training import read_recipe, train, with_minutes

    read = read_recipe(recipe, wanted.changes)
    if wanted.minutes is not None:
        read = with_minutes(read, wanted.minutes)
    if wanted.dry_run:
        with progress() as report:
            plan = make_plan(read, report, say)
        show_plan(plan)
        return
    with watch_training() as watch:
        outcome = train(read, wanted.out or Path("runs") / recipe.stem, watch)
    show_outcome(outcome)
