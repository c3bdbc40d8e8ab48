"""Whether a pool's SQL is a SELECT that its database would accept, told without running it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable

from nshot.data.catalog import Catalog
from nshot.data.cells import BadField
from nshot.errors import DatabaseNotFoundError, SqlParseError
from nshot.sql import quote_name
from nshot.types import Schema

Compiler = Callable[[str], str]
"""SQL -> the reason why it does not compile, empty if it does."""


class SqlCheck:
    """Judges SQL after SQL, with one empty copy of each database in memory."""

    def __init__(self, catalog: Catalog | None) -> None:
        self.catalog = catalog
        self._known: dict[str, tuple[Schema, Compiler | None]] = {}

    def __call__(self, sql: str, db_id: str) -> str:
        """A remark on SQL that can be kept; empty when there is nothing to say.

        With a known schema in SQLite's dialect, SQLite compiles the SQL (EXPLAIN) against an empty database
        with the same tables and columns: this finds unknown tables, columns and functions. Otherwise the
        SQL is only parsed.

        Raises:
            BadField: the db_id is unknown, or the SQL does not parse or is no SELECT.
        """
        schema, compiler = self._database(db_id) if self.catalog is not None else (None, None)
        reason = compiler(sql) if compiler else "not compiled"
        if not reason:
            return ""
        must_be_select(sql, schema)
        return f"kept, but the database would reject the SQL: {reason}" if compiler else ""

    def _database(self, db_id: str) -> tuple[Schema, Compiler | None]:
        if db_id not in self._known:
            assert self.catalog is not None
            try:
                schema = self.catalog.schema(db_id)
            except DatabaseNotFoundError as error:
                raise BadField(str(error)) from error
            self._known[db_id] = (schema, sqlite_compiler(schema) if schema.dialect == "sqlite" else None)
        return self._known[db_id]


def must_be_select(sql: str, schema: Schema | None) -> None:
    """Nothing, when the SQL parses and is one SELECT (with set operations, WITH or VALUES).

    Raises:
        BadField: it is not.
    """
    if reason := select_problem(sql, schema):
        raise BadField(reason)


def select_problem(sql: str, schema: Schema | None) -> str:
    """Why the SQL is not one SELECT that parses; empty if it is."""
    from sqlglot import exp

    from nshot.sql import parse

    try:
        tree = parse(sql, schema, dialect=schema.dialect if schema else "sqlite")
    except SqlParseError as error:
        return f"SQL does not parse: {error}"
    return "" if isinstance(tree, exp.Query) else f"SQL is no SELECT but {tree.key.upper()}"


def sqlite_compiler(schema: Schema) -> Compiler | None:
    """A function that compiles SQL against the schema's tables, without rows and without running anything.

    None when SQLite cannot make such tables.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        for table in schema.tables:
            columns = ", ".join(quote_name(column.name) for column in table.columns)
            connection.execute(f"CREATE TABLE {quote_name(table.name)} ({columns})")
    except sqlite3.Error:
        connection.close()
        return None
    connection.set_authorizer(_allow_reads)

    def compile_(sql: str) -> str:
        if not _QUERY.match(sql):
            return "not a query"
        try:
            connection.execute("EXPLAIN " + sql).close()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return str(error)
        return ""

    return compile_


def _allow_reads(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


_QUERY = re.compile(r"\s*(select|with|values)\b", re.IGNORECASE)
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
