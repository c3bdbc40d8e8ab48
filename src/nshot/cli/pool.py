"""The options of a pool's file, and its reading: every bad row is said, the good ones go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.cli.console import say
from nshot.cli.options import DatabaseOptions
from nshot.cli.parameters import Columns

if TYPE_CHECKING:
    from nshot.data import Catalog, PoolReport
    from nshot.types import Example


@dataclass(frozen=True)
class PoolOptions:
    """Which examples."""

    pool: Annotated[
        str,
        typer.Option(
            help="File of solved examples (question, sql, db_id): CSV, JSON (Spider's, too), JSONL or "
            "Parquet; or the word sample, for those that ship with nshot."
        ),
    ]
    columns: Columns = ""
    db_id: Annotated[str | None, typer.Option(help="The database of rows that name none.")] = None
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop if any row is bad, instead of leaving it out.")
    ] = False
    dedupe: Annotated[bool, typer.Option("--dedupe", help="Leave out rows that repeat an earlier row.")] = (
        False
    )

    def catalog(self, databases: DatabaseOptions) -> Catalog:
        """The databases named; for the sample its own; else none, whatever a db_id is called."""
        from nshot.data import Catalog

        return databases.catalog() if databases.given or self.pool == "sample" else Catalog()

    def examples(self, databases: DatabaseOptions) -> tuple[Example, ...]:
        """The good rows of `report`."""
        return self.report(databases).examples

    def report(self, databases: DatabaseOptions) -> PoolReport:
        """The file as it was read; its bad rows go to stderr, with line and reason.

        With --databases or --tables rows are held against the schemas, too.
        """
        from nshot.data import ColumnMap, read_pool

        report = read_pool(
            self.pool,
            ColumnMap.parse(self.columns),
            self.strict,
            self.catalog(databases) if databases.given or self.pool == "sample" else None,
            dedupe=self.dedupe,
            db_id=self.db_id,
        )
        for problem in report.problems:
            say(f"left out: {problem}")
        for note in report.notes:
            say(f"note: {note}")
        say(f"{len(report.examples)} of {report.rows} rows are good")
        return report
