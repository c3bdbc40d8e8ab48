"""`nshot eval`: predictions judged against gold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.bundle import bundled
from nshot.cli.console import bar, write, write_json
from nshot.cli.judging import JudgingOptions
from nshot.cli.options import DatabaseOptions
from nshot.errors import OptionError, UnknownNameError


@bundled
def evaluate(
    predictions: Annotated[
        Path,
        typer.Option(help="One SQL a line, SQL<TAB>db_id, or the JSONL of nshot predict; in gold's order."),
    ],
    gold: Annotated[
        Path,
        typer.Option(
            help="Lines of SQL<TAB>db_id, or a file of questions with SQL (dev.json, BIRD's, CSV, JSONL, "
            "Parquet), or the word sample."
        ),
    ],
    databases: DatabaseOptions,
    judging: JudgingOptions,
    out: Annotated[
        Path | None, typer.Option(help="Where the verdicts go: JSONL, one line a question in order.")
    ] = None,
    gold_columns: Annotated[
        str, typer.Option(help="Gold's own column names, where unusual: question=ask,sql=answer,db_id=base.")
    ] = "",
    partial: Annotated[bool, typer.Option("--partial", help="Also print the parts of exact match.")] = False,
    compare_modes: Annotated[
        bool, typer.Option("--compare-modes", help="Also judge in every mode, and print where they disagree.")
    ] = False,
    layout: Annotated[
        str, typer.Option(help="table, or official: what Spider's own programs print.")
    ] = "table",
    etype: Annotated[str, typer.Option(help="For --layout official: all, match or exec.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print the totals as JSON.")] = False,
) -> None:
    """Judge predicted SQL against gold: exact match and execution match, by hardness."""
    from nshot.cli import verdicts as show
    from nshot.data import ColumnMap, sample_dir
    from nshot.eval.evaluator import Evaluator
    from nshot.eval.files import read_gold, read_predicted
    from nshot.eval.official_layout import official_layout

    _check_output(layout, etype, {"--json": as_json, "--partial": partial, "--compare-modes": compare_modes})
    started = time.monotonic()
    config = judging.config()
    questions = read_gold(gold, ColumnMap.parse(gold_columns))
    sqls = read_predicted(predictions, questions)
    evaluator = Evaluator(databases.databases or sample_dir(), databases.tables, config)
    with bar("judging") as progress:
        judged = evaluator.judge(questions, sqls, progress)
        compared = show.compare_modes(evaluator, questions, sqls, judged) if compare_modes else None
    seconds = time.monotonic() - started
    show.remark(evaluator)
    if out is not None:
        show.write_verdicts(out, judged, compared)
    if layout == "official":
        write(official_layout(judged, config, etype))
    elif as_json:
        write_json(show.totals(evaluator, judged, compared, seconds))
    elif out is None or str(out) != "-":
        show.print_totals(evaluator, judged, partial=partial, seconds=seconds)
        if compared is not None:
            show.print_disagreements(compared)


def _check_output(layout: str, etype: str, extra: dict[str, bool]) -> None:
    """Refuses options that would have no effect."""
    from nshot.eval.official_layout import ETYPES

    if layout not in ("table", "official"):
        raise UnknownNameError("layout", layout, ("table", "official"))
    if etype not in ETYPES:
        raise UnknownNameError("etype", etype, ETYPES)
    if layout == "table" and etype != "all":
        raise OptionError("--etype goes with --layout official")
    given = [name for name, on in extra.items() if on]
    if layout == "official" and given:
        raise OptionError(f"--layout official prints what Spider's program prints; leave {given[0]} out")
    if extra["--json"] and extra["--partial"]:
        raise OptionError("--json holds the parts of exact match by itself; leave --partial out")
