"""Databases of a MySQL or MariaDB server."""

from __future__ import annotations

import re
from typing import Final

from nshot.databases.backend import FileState, Kept, Limits, Source
from nshot.databases.cells.read import Bounds, CellsRead, read_cells
from nshot.databases.mysql.execute import execute_mysql
from nshot.databases.mysql.role import find_risks, role_statements
from nshot.databases.mysql.schema import mysql_schema, read_version
from nshot.redaction import redact
from nshot.sql import quote_name
from nshot.types import Column, Rows, Schema, Table

_TEXT: Final = re.compile(r"(?:var)?char\b|(?:tiny|medium|long)?text\b|enum\(|set\(")


def bind(source: Source) -> MysqlDatabase:
    """The database behind a URL."""
    return MysqlDatabase(str(source))


class MysqlDatabase:
    """One database of a server; see `nshot.databases.backend.Backend`."""

    dialect = "mysql"

    def __init__(self, url: str) -> None:
        self.source = url
        self.shown = redact(url)

    def schema(self, db_id: str | None = None) -> Schema:
        return mysql_schema(self.source, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """Long values are cut on the server, so they take no memory here."""
        kept = Kept()

        def select(table: Table, columns: list[Column]) -> str:
            names = [quote_name(column.name, "mysql") for column in columns]
            short = ", ".join(f"LEFT({name}, {bounds.length + 1}) AS {name}" for name in names)
            return f"SELECT {short} FROM {quote_name(table.name, 'mysql')} LIMIT {bounds.rows}"  # noqa: S608

        def run(sql: str, seconds: float) -> Rows:
            return self.execute(sql, Limits(seconds, None), kept)

        try:
            return read_cells(schema, bounds, select, run, holds_text=_holds_text)
        finally:
            kept.close()

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        return execute_mysql(self.source, sql, limits, kept)

    def state(self) -> FileState | None:
        return None

    def content(self) -> str | None:
        return None

    def version(self) -> str | None:
        return read_version(self.source)

    def is_stable(self, sql: str) -> bool:  # noqa: ARG002
        return False

    def find_risks(self) -> tuple[str, ...]:
        return find_risks(self.source)

    def role_statements(self, role: str) -> str:
        return role_statements(self.source, role)


def _holds_text(_: Table, column: Column) -> bool:
    return _TEXT.match(column.type.lower()) is not None
