"""Databases of a server: what all kinds of servers share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from nshot.databases.backend import FileState, Kept, Limits
from nshot.databases.cells.read import Bounds, CellsRead, read_cells
from nshot.redaction import redact
from nshot.sql import quote_name
from nshot.types import Column, Rows, Schema, Table


class Server(NamedTuple):
    """A kind of server: functions that take the URL of a database."""

    dialect: str
    schema: Callable[[str, str | None], Schema]
    execute: Callable[[str, str, Limits, Kept | None], Rows]
    version: Callable[[str], str | None]
    find_risks: Callable[[str], tuple[str, ...]]
    role_statements: Callable[[str, str], str]
    short: Callable[[str, int], str]
    """SQL for a quoted column's values that takes long ones away on the server, so that they take
    no memory here.
    """
    find_texts: Callable[[str], Callable[[Table, Column], bool]]
    """Says of a column whether it holds text."""


class ServerDatabase:
    """One database of a server; see `nshot.databases.backend.Backend`."""

    def __init__(self, url: str, server: Server) -> None:
        self.source, self.shown = url, redact(url)
        self.dialect, self._server = server.dialect, server

    def schema(self, db_id: str | None = None) -> Schema:
        return self._server.schema(self.source, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        kept, holds_text = Kept(), self._server.find_texts(self.source)

        def quote(name: str) -> str:
            return quote_name(name, self.dialect)

        def select(table: Table, columns: list[Column]) -> str:
            names = [quote(column.name) for column in columns]
            short = ", ".join(f"{self._server.short(name, bounds.length)} AS {name}" for name in names)
            return f"SELECT {short} FROM {quote(table.name)} LIMIT {bounds.rows}"  # noqa: S608

        def run(sql: str, seconds: float) -> Rows:
            return self.execute(sql, Limits(seconds, None), kept)

        try:
            return read_cells(schema, bounds, select, run, holds_text=holds_text)
        finally:
            kept.close()

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        return self._server.execute(self.source, sql, limits, kept)

    def state(self) -> FileState | None:
        return None

    def content(self) -> str | None:
        return None

    def version(self) -> str | None:
        return self._server.version(self.source)

    def is_stable(self, sql: str) -> bool:  # noqa: ARG002
        return False

    def find_risks(self) -> tuple[str, ...]:
        return self._server.find_risks(self.source)

    def role_statements(self, role: str) -> str:
        return self._server.role_statements(self.source, role)
