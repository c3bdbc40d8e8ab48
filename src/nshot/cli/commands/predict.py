"""`nshot predict`: predictions for a whole file of questions, resumable."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.artifacts import check_not_read, check_replaceable, is_same_file, run_path
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import QUESTIONS, Columns
from nshot.cli.output.console import progress, say, write
from nshot.cli.wiring import check_shown, configure, questions_at_once, report_missing_first_pass, with_index
from nshot.errors import NshotError, OptionError
from nshot.options import Given
from nshot.pipeline import PipelineConfig, describe, index_pair_file, make_pipeline

if TYPE_CHECKING:
    from nshot.data import Catalog

SHOWN_REASONS = 5
"""Reasons why questions failed that are shown, at most."""


@derive_options
def predict(
    questions: Annotated[Path, typer.Option(help=QUESTIONS)],
    out: Annotated[
        Path,
        typer.Option(
            help="Output file of predictions: JSONL, one line per question. A run that was stopped continues."
        ),
    ],
    options: Given[PipelineConfig],
    sql_out: Annotated[
        Path | None, typer.Option(help="Also write plain SQL, one per line, for the official evaluators.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only this many questions, from the first.")] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            help="How many questions are answered, and then written, together. Default: 64; with a server or "
            "llama.cpp 8."
        ),
    ] = None,
    columns: Columns = "",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start again and discard what is in --out.")
    ] = False,
) -> None:
    """Predict the SQL of every question of a file.

    Exit status 1 if every question failed, with the reason.
    """
    from nshot.data import ColumnMap, read_questions
    from nshot.pipeline import PredictionFile, fingerprint_databases, read_predictions, write_sql_lines

    for name, value in (("--limit", limit), ("--batch", batch)):
        if value is not None and value < 1:
            raise OptionError(f"{name} must be at least 1, got {value}")
    if "-" in (str(out), str(sql_out)):
        raise OptionError("predictions are resumed from their file: - (stdout) cannot be one; name a file")
    if sql_out is not None and any(is_same_file(sql_out, one) for one in (out, run_path(out))):
        raise OptionError(f"--out and --sql-out both write {sql_out}; name two files")
    inputs = (questions, options.get("first_pass"), options.get("tables"))
    for name, path in (("out", out), ("sql_out", sql_out)):
        if path is not None:
            check_not_read(path, inputs, name)
    if sql_out is not None:
        check_replaceable(sql_out)
    everything = read_questions(questions, ColumnMap.parse(columns))
    asked = everything[:limit]
    config, settings = configure(options)
    catalog = config.databases.catalog(say)
    _check_databases(catalog, [question.db_id for question in asked])
    check_shown(catalog, filter(catalog.knows, (question.db_id for question in asked)), settings)
    config = replace(config, examples=index_pair_file(config.examples, catalog, note=say))
    config = with_index(config, settings)
    described = describe(config, settings)
    say(f"loading {config.engine.model} ...")
    pipeline = make_pipeline(config, catalog=catalog, questions=everything)
    some_at_once = questions_at_once(config, batch, elsewhere=8)
    seed = config.examples.retrieval.seed
    found = fingerprint_databases(catalog, (question.db_id for question in asked))
    with PredictionFile(out, asked, described, seed=seed, databases=found, overwrite=overwrite) as file:
        if file.done:
            say(f"resuming: {file.done} of {len(asked)} are done")
        with progress() as start:
            step = start("predicting", len(asked))
            step(file.done)
            while some := asked[file.done : file.done + some_at_once]:
                file.append(list(pipeline.predict(some, batch=some_at_once)), pipeline.engine.name)
                step(len(some))
    report_missing_first_pass(pipeline.retriever)
    outcomes: dict[str, int] = {}
    lines = list(read_predictions(out))
    for line in lines:
        outcome = line.record["candidates"][0]["outcome"]
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    if sql_out is not None:
        sql_out.parent.mkdir(parents=True, exist_ok=True)
        write_sql_lines(sql_out, (line.sql for line in lines))
    write(
        f"{out}: {len(lines)} predictions: "
        + ", ".join(f"{n} {o}" for o, n in sorted(outcomes.items()))
        + "\n"
    )
    reasons = Counter(
        line.record["candidates"][0]["error"]
        for line in lines
        if line.record["candidates"][0]["outcome"] == "failed"
    )
    if lines and reasons.total() == len(lines):
        for reason, count in reasons.most_common(SHOWN_REASONS):
            say(f"failed, {count} of {len(lines)}: {reason}")
        raise NshotError(f"none of the {len(lines)} questions got an answer; start again with --overwrite")


def _check_databases(catalog: Catalog, db_ids: list[str]) -> None:
    """Tells which databases are not there, before a model is loaded.

    Raises:
        DatabaseNotFoundError: None of them is.
    """
    unknown = Counter(db_id for db_id in db_ids if not catalog.knows(db_id))
    if unknown and unknown.total() == len(db_ids):
        catalog.schema(db_ids[0])
    if unknown:
        named = ", ".join(list(unknown)[:SHOWN_REASONS]) + (" ..." if len(unknown) > SHOWN_REASONS else "")
        say(f"note: no database for {unknown.total()} of {len(db_ids)} questions: {named}")
