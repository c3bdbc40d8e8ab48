"""Databases of a PostgreSQL server."""

from __future__ import annotations

from nshot.databases.backend import FileState, Kept, Limits, Source
from nshot.databases.cells.read import Bounds, CellsRead, read_cells
from nshot.databases.postgres.execute import execute_postgres
from nshot.databases.postgres.role import find_risks, role_statements
from nshot.databases.postgres.schema import postgres_schema, read_version, text_columns
from nshot.redaction import redact
from nshot.sql import quote_name
from nshot.types import Column, Rows, Schema, Table


def bind(source: Source) -> PostgresDatabase:
    """The database behind a URL."""
    return PostgresDatabase(str(source))


class PostgresDatabase:
    """One database of a server; see `nshot.databases.backend.Backend`."""

    dialect = "postgres"

    def __init__(self, url: str) -> None:
        self.source = url
        self.shown = redact(url)

    def schema(self, db_id: str | None = None) -> Schema:
        return postgres_schema(self.source, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """Long values are filtered out on the server, so they take no memory here."""
        kept, texts = Kept(), text_columns(self.source)

        def select(table: Table, columns: list[Column]) -> str:
            names = ", ".join(_short(column, bounds.length) for column in columns)
            return f"SELECT {names} FROM {quote_name(table.name, 'postgres')} LIMIT {bounds.rows}"  # noqa: S608

        def run(sql: str, seconds: float) -> Rows:
            return self.execute(sql, Limits(seconds, None), kept)

        def holds_text(table: Table, column: Column) -> bool:
            return (table.name, column.name) in texts

        try:
            return read_cells(schema, bounds, select, run, holds_text=holds_text)
        finally:
            kept.close()

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        return execute_postgres(self.source, sql, limits, kept)

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


def _short(column: Column, length: int) -> str:
    """SQL for a column's values of at most `length` bytes; NULL for longer values."""
    name = quote_name(column.name, "postgres")
    return f"CASE WHEN OCTET_LENGTH(CAST({name} AS TEXT)) <= {length} THEN CAST({name} AS TEXT) END"
