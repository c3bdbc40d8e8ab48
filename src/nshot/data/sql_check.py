"""Check, without running it, whether a pool's SQL is a SELECT that its database accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from nshot.data.catalog import Catalog
from nshot.data.cells import BadField
from nshot.databases import compile_sqlite, execute
from nshot.errors import DatabaseNotFoundError, DataError, SqlError, SqlParseError, SqlTimeoutError
from nshot.sql import check_dialect, first_word, scan, strip_semicolons
from nshot.types import Schema


class CheckedSql(NamedTuple):
    """SQL that is kept."""

    remark: str
    """Empty if there is nothing to report."""
    dialect: str = ""
    """The dialect in which it was read; empty for that of its database."""


class SqlCheck:
    """Checks SQL texts; SQLite compiles them in the sandbox's child process."""

    def __init__(self, catalog: Catalog | None, dialect: str | None = None) -> None:
        """
        Args:
            catalog: The databases that rows may name; None: any.
            dialect: sqlglot's name of the SQL's dialect, or several, comma-separated. None: the
                database's.

        Raises:
            OptionError: A dialect is unknown.
        """
        self.catalog = catalog
        self._known: dict[str, tuple[Schema, bool]] = {}
        self._dialects = tuple(filter(None, map(str.strip, (dialect or "").split(","))))
        for name in self._dialects:
            check_dialect(name)

    def __call__(self, sql: str, db_id: str) -> CheckedSql:
        """A remark on SQL that is kept, and its dialect.

        With a known schema in SQLite's dialect, SQLite compiles the SQL (EXPLAIN) against an empty
        database with the same tables and columns, which finds unknown tables, columns and
        functions. Otherwise the SQL is only parsed.

        Raises:
            BadField: The db_id is unknown, or the SQL does not parse or is not a SELECT.
        """
        schema, compiles = self._database(db_id) if self.catalog is not None else (None, False)
        reason = compile_problem(sql, schema) if schema and compiles else None
        if reason == "":
            return CheckedSql("")
        problem, dialect = _read_as(sql, schema, self._dialects)
        if problem:
            other = "parse" in problem and not self._dialects
            raise BadField(problem + ("; if it is in another dialect, give `dialect`" if other else ""))
        dialect = "" if (schema and dialect == schema.dialect) or not self._dialects else dialect
        if reason is None or not self._is_rejected(sql, db_id):
            return CheckedSql("", dialect)
        return CheckedSql(f"kept, but the database would reject the SQL: {reason}", dialect)

    def _is_rejected(self, sql: str, db_id: str) -> bool:
        """Whether the database itself rejects the SQL, or cannot be asked. No row of it is read."""
        source = self.catalog.path(db_id) if self.catalog is not None else None
        if source is None:
            return not _FULL_TEXT.search(sql)
        tokens = scan(sql)
        kept = len(strip_semicolons(tokens))
        body = sql[: tokens[kept].start] if kept < len(tokens) else sql
        try:
            execute(source, f"SELECT * FROM (\n{body}\n) LIMIT 0", timeout=_SECONDS)  # noqa: S608
        except SqlTimeoutError:
            return False
        except (SqlError, DataError):
            return True
        return False

    def _database(self, db_id: str) -> tuple[Schema, bool]:
        """The schema, and whether SQLite can compile SQL for it."""
        if db_id not in self._known:
            assert self.catalog is not None
            try:
                schema = self.catalog.schema(db_id)
            except DatabaseNotFoundError as error:
                raise BadField(str(error)) from error
            compiles = schema.dialect == "sqlite" and set(self._dialects) <= {"sqlite"}
            self._known[db_id] = (schema, compiles)
        return self._known[db_id]


def select_problem(sql: str, schema: Schema | None, dialects: Sequence[str] = ()) -> str:
    """Why the SQL is not one SELECT that parses (with set operations, WITH or VALUES); empty if it
    is.

    Args:
        sql: The text.
        schema: Of its database, if it is known.
        dialects: Dialects to read it in, one after another; empty: that of the schema, or SQLite's.
    """
    return _read_as(sql, schema, dialects)[0]


def _read_as(sql: str, schema: Schema | None, dialects: Sequence[str]) -> tuple[str, str]:
    """Why the SQL is not a SELECT, and the first of the dialects that reads it; one of the two is
    empty.
    """
    from sqlglot import exp

    from nshot.sql import parse

    read_as = tuple(dialects) or (schema.dialect if schema else "sqlite",)
    reasons = []
    for dialect in read_as:
        try:
            tree = parse(sql, schema, dialect=dialect)
        except SqlParseError as error:
            reasons.append(str(error))
            continue
        if isinstance(tree, exp.Query):
            return "", dialect
        return f"SQL is not a SELECT but {tree.key.upper()}", ""
    return f"SQL does not parse as {', '.join(read_as)}: {reasons[0]}", ""


def compile_problem(sql: str, schema: Schema) -> str | None:
    """Why SQLite does not compile the SQL against the schema's tables; empty if it does.

    None if SQLite cannot create such tables.
    """
    if first_word(sql) not in _QUERIES:
        return "not a query"
    try:
        return compile_sqlite(sql, schema)
    except DataError:
        return None


_QUERIES = ("select", "with", "values")
_SECONDS = 2.0
"""Time for a question whether a database accepts some SQL."""
_FULL_TEXT = re.compile(r"\bmatch\b", re.IGNORECASE)
"""Without the database it is unknown whether a table is a full-text table."""
