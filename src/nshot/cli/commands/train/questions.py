"""`nshot train questions`: questions with SQL, written by rules over databases."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import progress, say, sink, write
from nshot.errors import OptionError
from nshot.pipeline import DatabaseConfig


@derive_options
def questions(
    databases: DatabaseConfig,
    out: Annotated[Path, typer.Option(help="The file: a JSON list of question, query, db_id and id.")],
    db: Annotated[
        list[str] | None,
        typer.Option(help="A database: a file or an id. May be repeated. Default: all of --databases."),
    ] = None,
    count: Annotated[int, typer.Option(help="Questions of each database, at most.")] = 32,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
) -> None:
    """Write questions and their SQL by rules: dates, arithmetic, missing values, names in place of ids ...

    Each SQL runs on its database and finds rows. Use the file as a further pool of a training.
    """
    from nshot.artifacts import check_replaceable
    from nshot.training import write_questions

    if count < 1:
        raise OptionError(f"`count` must be at least 1, got {count}", option="count")
    check_replaceable(out)
    catalog = databases.catalog(say)
    names = [catalog.include(one).db_id for one in db or ()] or catalog.ids()
    found = []
    with progress() as start:
        step = start("writing", len(names))
        for name in names:
            source = catalog.path(name)
            if source is not None:
                schema = catalog.schema(name)
                keys = (*schema.foreign_keys, *catalog.found_keys(name))
                found += write_questions(source, replace(schema, foreign_keys=keys), count, seed)
            step(1)
    records = [{"question": one.text, "query": one.sql, "db_id": one.db_id, "id": one.id} for one in found]
    with sink(out) as file:
        file.write(json.dumps(records, indent=1, ensure_ascii=False) + "\n")
    write(f"{out}: {len(found)} questions about {len({one.db_id for one in found})} databases\n")
