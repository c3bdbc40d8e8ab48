"""`nshot compare`: which way of picking examples is best, and how sure are we."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.comparison import read_asked, run_comparison
from nshot.cli.options.comparing import (
    ComparisonOptions,
    GridOptions,
    make_grid,
    measures_to_show,
)
from nshot.cli.options.derive import Explicit, Without, derive_options
from nshot.cli.options.parameters import QUESTIONS, Columns
from nshot.cli.output.board import show
from nshot.cli.output.console import say
from nshot.cli.wiring import index_folder
from nshot.generation import EngineConfig, ModelSettings, check_engine
from nshot.options import Given
from nshot.pipeline import DatabaseConfig, ExampleConfig, Execution


@derive_options
def compare(
    questions: Annotated[Path, typer.Option(help=f"{QUESTIONS} With gold SQL.")],
    grid: Given[GridOptions],
    databases: DatabaseConfig,
    examples: Annotated[Given[ExampleConfig], Without(("strategy", "select", "pairs", "reuse"))],
    engine: Annotated[Given[EngineConfig], Explicit()],
    settings: Annotated[Given[ModelSettings], Without(("shots",)), Explicit()],
    execution: Annotated[Execution, Without(("run_all",)), Explicit()],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of results.json, report.md and report.html. Needed with a model: there all "
            "completions are kept: a stopped run is resumed, and nothing is computed twice."
        ),
    ] = None,
    measures: Annotated[
        str,
        typer.Option(help="Comma-separated measures to print: skeleton_match,ndcg. Default: a choice."),
    ] = "",
    columns: Columns = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print all results as JSON.")] = False,
) -> None:
    """Compare ways of picking examples: by the examples alone, or by what a model makes of them."""
    asked = ComparisonOptions(grid, databases, examples, engine, settings, execution)
    chosen = make_grid(asked, out)
    shown = measures_to_show(measures, asked)
    if asked.model is not None:
        check_engine(asked.model)
    some = read_asked(questions, columns, asked)
    index = index_folder(examples.get("index"))
    comparison = run_comparison(chosen, some, asked, index=index, out=out)
    show(comparison, shown, as_json=as_json)
    if out is not None:
        say(f"written to {out}: results.json, report.md, report.html")
