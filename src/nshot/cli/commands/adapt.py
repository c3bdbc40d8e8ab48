"""`nshot adapt`: a model that knows your databases, from your verified pairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.adaptation import AdaptConfig
from nshot.cli.options.derive import Only, derive_options
from nshot.cli.options.parameters import Columns
from nshot.cli.output.adaptation import show_adaptation, show_plan
from nshot.cli.output.console import say
from nshot.cli.output.train_progress import watch_training
from nshot.generation import EngineConfig
from nshot.pipeline import DatabaseConfig


@derive_options
def adapt(
    pairs: Annotated[
        Path,
        typer.Option(
            help="Your verified pairs (question, sql and, with several databases, db_id): CSV, JSON, JSONL, "
            "Parquet, or the journal of nshot pairs."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(help="The folder to write; --model takes it. An adaptation that was stopped goes on."),
    ],
    databases: DatabaseConfig,
    engine: Annotated[EngineConfig, Only((), ("model", "adapter", "dtype", "device", "allow_download"))],
    config: AdaptConfig,
    db: Annotated[
        list[str] | None,
        typer.Option(help="A database that the pairs ask: a file, or an id of --databases; may be repeated."),
    ] = None,
    columns: Columns = "",
) -> None:
    """Tune a model on your verified pairs in minutes, and show what it brought. Ctrl-C keeps the best so far.

    The folder is a model for ask, predict and serve: nshot ask --model DIR.
    """
    from nshot.adaptation import adapt as make_adaptation
    from nshot.adaptation import check_pairs, plan_adaptation
    from nshot.generation import check_engine

    check_engine(engine)
    catalog = databases.catalog(say)
    names = [catalog.include(one).db_id for one in db or ()]
    checked = check_pairs(pairs, catalog, names[0] if len(names) == 1 else None, columns)
    for one in checked.left_out:
        say(f"left out: {one}")
    plan = plan_adaptation(checked, catalog, engine, config)
    show_plan(plan)
    with watch_training() as watch:
        made = make_adaptation(plan, out, watch)
    show_adaptation(plan, made)
