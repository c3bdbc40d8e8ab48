"""The options of a pool's files, and their reading: every bad row is said, the good ones go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from nshot.cli.output.console import say
from nshot.errors import OptionError
from nshot.options import option

if TYPE_CHECKING:
    from nshot.data import Catalog, PoolReport
    from nshot.pipeline import DatabaseConfig
    from nshot.types import Example


@dataclass(frozen=True)
class PoolOptions:
    """Which examples."""

    PANEL: ClassVar = "Pool"

    pool: tuple[str, ...] = option()
    """File of solved examples (question, sql, db_id): CSV, JSON (Spider's, too), JSONL or Parquet; or the
    word sample, for those that ship with nshot; may be given several times."""
    columns: str = option("", common=True)
    """The file's own column names, where unusual: question=ask,sql=answer,db_id=base."""
    db_id: str | None = option(None, common=True)
    """The database of rows that name none."""
    strict: bool = option(False)
    """Stop if any row is bad, in place of leaving it out."""
    dedupe: bool = option(False)
    """Leave out rows that repeat an earlier row."""

    def catalog(self, databases: DatabaseConfig) -> Catalog:
        """The databases named; for the sample its own; else none, whatever a db_id is called."""
        from nshot.data import Catalog

        return databases.catalog(say) if self._has_schemas(databases) else Catalog()

    def examples(self, databases: DatabaseConfig) -> tuple[Example, ...]:
        """The good rows of all files.

        Raises:
            OptionError: Two files have a row of the same id.
        """
        return tuple(one for report in self.reports(databases) for one in report.examples)

    def reports(self, databases: DatabaseConfig) -> list[PoolReport]:
        """The files as they were read; their bad rows go to stderr, with line and reason.

        With --databases or --tables rows are held against the schemas, too.

        Raises:
            OptionError: Two files have a row of the same id.
        """
        reports: list[PoolReport] = []
        ids: set[str] = set()
        for name in self.pool:
            reports.append(self._report(name, databases))
            own = {one.id for one in reports[-1].examples}
            if both := sorted(own & ids):
                raise OptionError(
                    f"{name}: the id {both[0]!r} is that of another file, too; give ids apart, or name each "
                    "file once"
                )
            ids |= own
        return reports

    def _has_schemas(self, databases: DatabaseConfig) -> bool:
        return databases.is_given or set(self.pool) == {"sample"}

    def _report(self, name: str, databases: DatabaseConfig) -> PoolReport:
        from nshot.data import ColumnMap, read_pool

        report = read_pool(
            name,
            ColumnMap.parse(self.columns),
            self.strict,
            self.catalog(databases) if self._has_schemas(databases) else None,
            dedupe=self.dedupe,
            db_id=self.db_id,
        )
        for problem in report.problems:
            say(f"left out: {problem}")
        for note in report.notes:
            say(f"note: {note}")
        say(f"{len(report.examples)} of {report.rows} rows are good")
        return report
