"""Compile SQL for SQLite in the sandbox's child process, without a database and without running
it."""

from __future__ import annotations

from typing import Final

from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import COMPILE, Request
from nshot.databases.sqlite.compiling import MADE
from nshot.errors import DataError, SqlError
from nshot.types import Schema

SECONDS: Final = 2.0
"""Time for one statement."""


def compile_sqlite(sql: str, schema: Schema) -> str:
    """The reason why SQL does not compile against empty tables with the schema's columns; empty if
    it does.

    Time and memory are those of the sandbox. Reading alone is allowed.

    Args:
        sql: One statement.
        schema: Its tables; views are tables here.

    Raises:
        DataError: SQLite cannot make such tables.
    """
    tables = tuple((table.name, tuple(column.name for column in table.columns)) for table in schema.tables)
    request = Request("", sql, SECONDS, None, 1 << 20, "replace", work=COMPILE, arguments=tables)
    try:
        reply = sandbox.run(request)
    except SqlError as error:
        return f"compiling it: {error}"
    if reply.kind == MADE:
        raise DataError(f"SQLite cannot make the tables of {schema.db_id}: {reply.message}")
    return reply.message
