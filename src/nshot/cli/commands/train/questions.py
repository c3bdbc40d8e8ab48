"""`nshot train questions`: questions with SQL, written by rules over databases."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import progress, say, sink, write
from nshot.errors import DataError
from nshot.options import check_least, option
from nshot.pipeline import DatabaseConfig


@dataclass(frozen=True)
class WrittenQuestionOptions:
    """How many questions are written about which databases; checked on construction."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """The file: a JSON list of question, query, db_id and id."""
    db: tuple[str, ...] = option(())
    """A database: a file or an id. May be repeated. By default all of `databases`."""
    count: int = option(32)
    """Maximum number of questions of each database."""
    seed: int = option(0)
    """Random seed."""

    def __post_init__(self) -> None:
        check_least("count", self.count)


@derive_options
def questions(databases: DatabaseConfig, wanted: WrittenQuestionOptions) -> None:
    """Write questions and their SQL by rules: dates, arithmetic, missing values, names in place of
    ids ...

    Each SQL runs on its database and finds rows. Use the file as a further pool of a training.
    """
    from nshot.artifacts import check_replaceable
    from nshot.training import write_questions

    out = wanted.out
    check_replaceable(out)
    catalog = databases.catalog(say)
    names = [catalog.include(one).db_id for one in wanted.db] or catalog.ids()
    found = []
    with progress() as start:
        step = start("writing", len(names))
        for name in names:
            source = catalog.path(name)
            if source is not None:
                schema = catalog.schema(name)
                keys = (*schema.foreign_keys, *catalog.found_keys(name))
                found += write_questions(
                    source, replace(schema, foreign_keys=keys), wanted.count, wanted.seed
                )
            step(1)
    if not found:
        raise DataError(
            f"no question could be written about {', '.join(names) or 'any database'}: "
            "the rules need tables of at least two rows that can be read; give another database"
        )
    records = [{"question": one.text, "query": one.sql, "db_id": one.db_id, "id": one.id} for one in found]
    with sink(out) as file:
        file.write(json.dumps(records, indent=1, ensure_ascii=False) + "\n")
    write(f"{out}: {len(found)} questions about {len({one.db_id for one in found})} databases\n")
