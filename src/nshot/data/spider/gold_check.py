"""Run the gold SQL of prepared questions and report what does not run, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from nshot.artifacts import Progress, stay_silent
from nshot.data.catalog import Catalog
from nshot.errors import DataError, SqlError
from nshot.types import Question

MAX_ROWS = 1_000
"""Rows fetched of a result, which is enough to see that it runs."""


class BadGold(NamedTuple):
    """A gold query that does not run."""

    split: str
    row: int
    """0-based row of the split's CSV, without the header."""
    db_id: str
    kind: str
    """`missing` or `unreadable` for the database, otherwise `SqlError.kind`."""
    reason: str
    sql: str


class GoldReport(NamedTuple):
    ran: int
    empty: int
    """Number of queries that ran and returned no row."""
    bad: tuple[BadGold, ...]


def check_gold(
    split: str,
    questions: Iterable[Question],
    catalog: Catalog,
    *,
    timeout: float = 10.0,
    progress: Progress = stay_silent,
    total: int | None = None,
) -> GoldReport:
    """Run a split's gold queries in the sandbox; the same SQL on the same database is run once.

    Args:
        split: Name of the split.
        questions: The questions with gold SQL.
        catalog: Their databases.
        timeout: Seconds for one query.
        progress: Called with the number of finished queries and `total`.
        total: Number of questions, if it is known.
    """
    from nshot.databases import execute

    seen: dict[tuple[str, str], tuple[str, str, bool]] = {}
    bad: list[BadGold] = []
    ran = empty = 0
    for row, question in enumerate(questions):
        sql = question.sql or ""
        key = (question.db_id, sql)
        if key not in seen:
            path = catalog.path(question.db_id)
            if path is None:
                seen[key] = ("missing", "no database file", False)
            else:
                try:
                    rows = execute(path, sql, timeout=timeout, max_rows=MAX_ROWS).rows
                    seen[key] = ("", "", not rows)
                except SqlError as error:
                    seen[key] = (error.kind, str(error), False)
                except DataError as error:
                    seen[key] = ("unreadable", str(error), False)
        kind, reason, nothing = seen[key]
        ran += not kind
        empty += nothing
        if kind:
            bad.append(BadGold(split, row, question.db_id, kind, reason, sql))
        progress(row + 1, total)
    return GoldReport(ran, empty, tuple(bad))
