"""Options of a judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig


@dataclass(frozen=True)
class JudgingOptions:
    """How predictions are judged."""

    mode: Annotated[
        str,
        typer.Option(
            help="official: Spider's test-suite evaluation; classic: Spider's first one; strict: DISTINCT, "
            "duplicates and gold's order count, numbers have a tolerance."
        ),
    ] = "official"
    keep_distinct: Annotated[
        bool, typer.Option("--keep-distinct", help="For --mode official: leave DISTINCT in both texts.")
    ] = False
    plug_value: Annotated[
        bool,
        typer.Option("--plug-value", help="For --mode official: try gold's values in the prediction, too."),
    ] = False
    columns: Annotated[str, typer.Option(help="For --mode strict: free (columns in any order) or fixed.")] = (
        "free"
    )
    tolerance: Annotated[
        float, typer.Option(help="For --mode strict: relative and absolute tolerance of numbers.")
    ] = 1e-9
    timeout: Annotated[float, typer.Option(help="Seconds that one statement may take on one file.")] = 30.0
    workers: Annotated[
        int, typer.Option(help="Statements that run at once. Default: as many as processors.")
    ] = 0
    skip_bad_gold: Annotated[
        bool,
        typer.Option("--skip-bad-gold", help="Leave rows unscored whose gold does not run, and go on."),
    ] = False
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep gold results on disk from one run to the next.")
    ] = True

    def config(self) -> EvalConfig:
        """The configuration, checked."""
        from nshot.eval.config import EvalConfig

        return EvalConfig(**vars(self))
