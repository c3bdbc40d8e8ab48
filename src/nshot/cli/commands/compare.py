"""`nshot compare`: which way of picking examples is best, and how sure are we."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.options import DatabaseOptions, DecodingOptions, PickingOptions, PromptStyle
from nshot.cli.options.bundle import bundled
from nshot.cli.options.comparing import (
    ComparedModel,
    GridOptions,
    compared,
    make_grid,
    measures_to_show,
    read_asked,
)
from nshot.cli.options.parameters import QUESTIONS, Columns, IndexOrSample
from nshot.cli.output.board import show
from nshot.cli.output.console import say
from nshot.cli.wiring import sample_index


@bundled
def compare(
    questions: Annotated[Path, typer.Option(help=f"{QUESTIONS} With gold SQL.")],
    grid: GridOptions,
    databases: DatabaseOptions,
    picking: PickingOptions,
    style: PromptStyle,
    model: ComparedModel,
    decoding: DecodingOptions,
    index: IndexOrSample = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder of results.json, report.md and report.html. Needed with a model: there all "
            "completions are kept, a run that stopped goes on, and nothing is computed twice."
        ),
    ] = None,
    measures: Annotated[
        str,
        typer.Option(help="Measures to print, with commas between: skeleton_match,ndcg. Default: a choice."),
    ] = "",
    columns: Columns = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print all results as JSON.")] = False,
) -> None:
    """Compare ways of picking examples: by the examples alone, or by what a model makes of them."""
    chosen = make_grid(grid, picking, model, decoding, out)
    shown = measures_to_show(measures, grid, model)
    asked = read_asked(questions, columns, grid.limit, picking)
    comparison = compared(
        chosen,
        asked,
        (databases, picking, style, model, decoding, grid),
        index=index or sample_index(),
        out=out,
    )
    show(comparison, shown, as_json=as_json)
    if out is not None:
        say(f"written to {out}: results.json, report.md, report.html")
