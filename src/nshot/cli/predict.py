"""`nshot predict`: predictions for a whole file of questions, resumable."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.bundle import bundled
from nshot.cli.console import progress, say, write
from nshot.cli.options import (
    DatabaseOptions,
    DecodingOptions,
    ModelOptions,
    PromptOptions,
    RetrievalOptions,
)
from nshot.cli.wiring import make_pipeline, sample_index


@bundled
def predict(
    questions: Annotated[Path, typer.Option(help="Spider's JSON, CSV, JSONL or Parquet; or: sample.")],
    out: Annotated[Path, typer.Option(help="JSONL, one line a question; resumed if it is there.")],
    databases: DatabaseOptions,
    retrieval: RetrievalOptions,
    prompts: PromptOptions,
    model: ModelOptions,
    decoding: DecodingOptions,
    index: Annotated[Path | None, typer.Option(help="The index folder. Default: over the sample.")] = None,
    sql_out: Annotated[Path | None, typer.Option(help="One SQL a line, for the official evaluators.")] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first questions.")] = None,
    batch: Annotated[int, typer.Option(help="Questions generated together.")] = 32,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Start anew, whatever is there.")] = False,
) -> None:
    """Predict the SQL of every question of a file."""
    from nshot.data import read_questions
    from nshot.generation import PredictionFile, read_predictions, write_sql_lines
    from nshot.index import read_manifest

    asked = read_questions(questions)[:limit]
    catalog = databases.catalog()
    groups = (retrieval, prompts, model, decoding)
    settings = {key: value for group in groups for key, value in asdict(group).items()}
    pool = (index or sample_index()) if prompts.shots else None
    settings["pool"] = read_manifest(pool).pool_sha256 if pool else None
    pipeline = make_pipeline(pool, catalog, retrieval, prompts, model, decoding)
    with PredictionFile(out, asked, settings, seed=retrieval.seed, overwrite=overwrite) as file:
        if file.done:
            say(f"resuming: {file.done} of {len(asked)} are done")
        with progress() as start:
            step = start("predicting", len(asked))
            step(file.done)
            while some := asked[file.done : file.done + batch]:
                file.append(list(pipeline.predict(some, batch=batch)), pipeline.engine.name)
                step(len(some))
    outcomes: dict[str, int] = {}
    lines = list(read_predictions(out))
    for line in lines:
        outcome = line.record["candidates"][0]["outcome"]
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    if sql_out is not None:
        write_sql_lines(sql_out, (line.sql for line in lines))
    write(
        f"{out}: {len(lines)} predictions: "
        + ", ".join(f"{n} {o}" for o, n in sorted(outcomes.items()))
        + "\n"
    )
