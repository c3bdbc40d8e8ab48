"""The options for the files of a pool, and reading them: bad rows are reported, good rows are
used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nshot.cli.options.derive import spell_options
from nshot.cli.options.parameters import ColumnOptions
from nshot.cli.output.console import say
from nshot.options import option

if TYPE_CHECKING:
    from nshot.data import Catalog, PoolReport
    from nshot.pipeline import DatabaseConfig
    from nshot.types import Example


@dataclass(frozen=True, kw_only=True)
class PoolOptions(ColumnOptions):
    """The files of examples, and how they are read."""

    PANEL: ClassVar = "Pool"
    EXPLICIT: ClassVar = False

    pool: tuple[str, ...] = option()
    """File of solved examples (question, sql, db_id): CSV, JSON (Spider's, too), JSONL or Parquet;
    or the word sample, for those that ship with nshot; may be given several times."""
    db_id: str | None = option(None, common=True)
    """The database of rows without a db_id."""
    dialect: str | None = option(None, common=True)
    """Dialect of the SQL, such as tsql, mysql or postgres (sqlglot's names). With a comma-separated
    list, the first one that can parse a row is used. Default: that of the database, SQLite's if
    there is none."""
    strict: bool = option(False)
    """Stop if any row is bad, instead of leaving it out."""
    dedupe: bool = option(False)
    """Leave out rows that repeat an earlier row."""

    def catalog(self, databases: DatabaseConfig) -> Catalog:
        """The given databases, or those of the sample; a pool may name others."""
        return databases.catalog(say)

    def examples(self, databases: DatabaseConfig) -> tuple[Example, ...]:
        """The good rows of all files.

        Raises:
            OptionError: Two files have a row with the same id.
        """
        return tuple(one for report in self.reports(databases) for one in report.examples)

    def reports(self, databases: DatabaseConfig) -> list[PoolReport]:
        """The files as they were read; bad rows are reported on stderr, with line and reason.

        If --databases or --tables is given, rows are also checked against the schemas.

        Raises:
            OptionError: Two files have a row with the same id.
        """
        from nshot.data import keep_ids_apart

        return keep_ids_apart([self._report(name, databases) for name in self.pool], self.pool)

    def _has_schemas(self, databases: DatabaseConfig) -> bool:
        return databases.is_given or set(self.pool) == {"sample"}

    def _report(self, name: str, databases: DatabaseConfig) -> PoolReport:
        from nshot.data import read_pool

        db_id = self.db_id or next(iter(getattr(databases, "one", dict)()), None)
        report = read_pool(
            name,
            self.column_map(),
            self.strict,
            self.catalog(databases) if self._has_schemas(databases) else None,
            dedupe=self.dedupe,
            db_id=db_id,
            dialect=self.dialect,
        )
        for remark in report.remarks:
            say(f"note: {name}: {spell_options(remark)}")
        for problem in report.problems:
            say(f"left out: {spell_options(str(problem))}")
        for note in report.notes:
            say(f"note: {note}")
        say(f"{len(report.examples)} of {report.rows} rows are good")
        return report
