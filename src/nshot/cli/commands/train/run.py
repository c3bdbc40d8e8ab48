"""`nshot train run`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.output.console import progress, say
from nshot.cli.output.train_plan import show_plan
from nshot.cli.output.train_progress import show_outcome, watch_training


def run(
    recipe: Annotated[Path, typer.Argument(help="The recipe, a TOML file; see configs/.")],
    out: Annotated[
        Path | None, typer.Option(help="The training's folder. Default: runs/ and the recipe's name.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Minutes of training, in place of the recipe's.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="section.key=value: replaces a value of the recipe; may be given several times."
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Train nothing and write nothing: show sizes, time and three rows."),
    ] = False,
) -> None:
    """Tune a model by a recipe. Ctrl-C saves; `nshot train resume` continues."""
    from nshot.training import dry_run as make_plan
    from nshot.training import read_recipe, train, with_minutes

    read = read_recipe(recipe, change or ())
    if minutes is not None:
        read = with_minutes(read, minutes)
    if dry_run:
        with progress() as report:
            plan = make_plan(read, report, say)
        show_plan(plan)
        return
    with watch_training() as watch:
        outcome = train(read, out or Path("runs") / recipe.stem, watch)
    show_outcome(outcome)
