"""`nshot adapt`: a model that knows your databases, from your verified pairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from nshot.adaptation import AdaptConfig
from nshot.cli.options.derive import Only, derive_options
from nshot.cli.options.parameters import ColumnOptions
from nshot.cli.output.adaptation import show_adaptation, show_plan
from nshot.cli.output.console import say
from nshot.cli.output.train_progress import watch_training
from nshot.generation import EngineConfig
from nshot.options import option
from nshot.pipeline import DatabaseConfig


@dataclass(frozen=True, kw_only=True)
class AdaptOptions(ColumnOptions):
    """The pairs, their databases, and the folder that is written."""

    EXPLICIT: ClassVar = True

    pairs: Path = option()
    """Your verified pairs (question, sql and, with several databases, db_id): CSV, JSON, JSONL,
    Parquet, or the journal of nshot pairs."""
    out: Path = option()
    """The folder to write; `model` takes it. An adaptation that was stopped goes on."""
    db: tuple[str, ...] = option((), common=True)
    """A database that the pairs ask: a file, a URL, or an id of `databases`; may be repeated."""


@derive_options
def adapt(
    wanted: AdaptOptions,
    databases: DatabaseConfig,
    engine: Annotated[EngineConfig, Only((), ("model", "adapter", "dtype", "device", "allow_download"))],
    config: AdaptConfig,
) -> None:
    """Tune a model on your verified pairs in minutes, and show the gain. Ctrl-C keeps the
    best so far.

    The folder is a model for ask, predict and serve: nshot ask --model DIR.
    """
    from nshot.adaptation import adapt as make_adaptation
    from nshot.adaptation import check_pairs, plan_adaptation
    from nshot.generation import check_engine

    check_engine(engine)
    catalog = databases.catalog(say)
    names = [catalog.include(one).db_id for one in wanted.db]
    checked = check_pairs(wanted.pairs, catalog, names[0] if len(names) == 1 else None, wanted.columns)
    for one in checked.left_out:
        say(f"left out: {one}")
    plan = plan_adaptation(checked, catalog, engine, config)
    show_plan(plan)
    with watch_training() as watch:
        made = make_adaptation(plan, wanted.out, watch)
    show_adaptation(made, config.passes)
