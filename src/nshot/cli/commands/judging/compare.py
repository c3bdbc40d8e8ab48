"""`nshot compare`: which way of picking examples is best, and how sure are we."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from nshot.cli.comparison import check_answered, choose_questions, run_comparison
from nshot.cli.options.comparing import (
    ComparisonOptions,
    GridOptions,
    make_grid,
    measures_to_show,
)
from nshot.cli.options.derive import Explicit, Only, Without, derive_options
from nshot.cli.options.parameters import QuestionFileOptions
from nshot.cli.output.board import show
from nshot.cli.output.console import say
from nshot.cli.wiring import index_folder
from nshot.eval import EvalConfig
from nshot.generation import EngineConfig, ModelSettings, check_engine
from nshot.options import Given, option
from nshot.pipeline import DatabasesOrOne, ExampleConfig, Execution


@dataclass(frozen=True, kw_only=True)
class CompareOptions(QuestionFileOptions):
    """What is compared on, and what is printed and written."""

    out: Path | None = option(None)
    """Folder of results.json, report.md and report.html. Needed with a model: there all completions
    are kept: a stopped run is resumed, and nothing is computed twice."""
    measures: str = option("")
    """Comma-separated measures to print: skeleton_match,ndcg. By default some of each kind."""
    as_json: bool = option(False, name="json", only_on=True)
    """Print all results as JSON."""


@derive_options
def compare(
    wanted: CompareOptions,
    grid: Given[GridOptions],
    databases: DatabasesOrOne,
    examples: Annotated[Given[ExampleConfig], Without(("strategy", "pairs", "reuse"))],
    engine: Annotated[Given[EngineConfig], Explicit()],
    settings: Annotated[Given[ModelSettings], Without(("shots",)), Explicit()],
    execution: Annotated[Execution, Without(("run_all",)), Explicit()],
    judging: Annotated[Given[EvalConfig], Only((), ("mode",)), Explicit()],
) -> None:
    """Compare retrieval strategies, by their examples alone or with a model.

    Exit status 1 if no SQL of a model could be run, with the reason.
    """
    asked = ComparisonOptions(grid, databases, examples, engine, settings, execution, judging)
    chosen = make_grid(asked, wanted.out)
    shown = measures_to_show(wanted.measures, asked)
    if asked.model is not None:
        check_engine(asked.model)
    some = choose_questions(wanted.read(), asked)
    index = index_folder(examples.get("index"))
    comparison = run_comparison(chosen, some, asked, index=index, out=wanted.out)
    show(comparison, shown, as_json=wanted.as_json)
    if wanted.out is not None:
        say(f"written to {wanted.out}: results.json, report.md, report.html")
    check_answered(comparison)
