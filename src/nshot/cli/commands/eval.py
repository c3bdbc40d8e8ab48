"""`nshot eval`: judge predictions against gold."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import bar
from nshot.errors import OptionError
from nshot.eval import EvalConfig
from nshot.pipeline import DatabaseConfig


@derive_options
def evaluate(
    predictions: Annotated[
        Path,
        typer.Option(help="One SQL per line, SQL<TAB>db_id, or the JSONL of nshot predict; in gold's order."),
    ],
    gold: Annotated[
        Path,
        typer.Option(
            help="Lines of SQL<TAB>db_id, or a file of questions with SQL (dev.json, BIRD's, CSV, JSONL, "
            "Parquet), or the word sample."
        ),
    ],
    databases: DatabaseConfig,
    config: EvalConfig,
    out: Annotated[
        Path | None,
        typer.Option(help="Output file of verdicts: JSONL, one line per question, in order."),
    ] = None,
    gold_columns: Annotated[
        str, typer.Option(help="Gold's own column names, where unusual: question=ask,sql=answer,db_id=base.")
    ] = "",
    limit: Annotated[
        int | None, typer.Option(help="Only this many questions, from the first, as in predict.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Also print the parts of exact match.")] = False,
    compare_modes: Annotated[
        bool, typer.Option("--compare-modes", help="Also judge in every mode, and print where they disagree.")
    ] = False,
    layout: Annotated[
        str, typer.Option(help="table, or official: what Spider's own programs print.")
    ] = "table",
    etype: Annotated[str, typer.Option(help="For --layout official: all, match or exec.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print the totals as JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            help="Folder for results.json, report.md and report.html: a page with every question, its gold "
            "and its answer, by database, hardness and kind of mistake."
        ),
    ] = None,
) -> None:
    """Judge predicted SQL against gold: exact match and execution accuracy, by hardness."""
    from nshot.cli.output import verdicts as show
    from nshot.data import sample_dir
    from nshot.eval import Evaluator, check_folder, judge_answers, read_answers

    output = show.Output(out, layout, etype, as_json=as_json, partial=partial, compare_modes=compare_modes)
    output.check(inputs=(predictions, gold))
    if report is not None:
        check_folder(report)
    started = time.monotonic()
    if limit is not None and limit < 1:
        raise OptionError(f"--limit must be at least 1, got {limit}")
    questions = show.read_gold_file(gold, gold_columns)[:limit]
    answers = read_answers(predictions, questions)
    evaluator = Evaluator(databases.databases or sample_dir(), databases.tables, config)
    with bar("judging") as progress:
        judged = judge_answers(evaluator, questions, answers, progress)
        sqls = [answer.sql for answer in answers]
        compared = show.compare_modes(evaluator, questions, sqls, judged.verdicts) if compare_modes else None
    show.remark(evaluator)
    if report is not None:
        show.write_report(report, predictions.name, evaluator, questions, judged)
    show.publish(evaluator, judged, compared, output, seconds=time.monotonic() - started)
