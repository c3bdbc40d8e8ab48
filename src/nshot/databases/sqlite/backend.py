"""SQLite files as databases."""

from __future__ import annotations

from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from nshot.databases.backend import FileState, Kept, Limits, Source, scheme_of
from nshot.databases.cells.read import Bounds, CellsRead, read_cells
from nshot.databases.file_rights import file_statements
from nshot.databases.file_state import read_content, read_state, read_version
from nshot.databases.processes import sandbox
from nshot.databases.sqlite.execute import execute_sqlite, read_distinct
from nshot.databases.sqlite.schema import sqlite_schema
from nshot.databases.sqlite.stable import find_changing_views, is_stable
from nshot.errors import OptionError
from nshot.sql import quote_name
from nshot.types import Column, Rows, Schema, Table


def bind(source: Source) -> SqliteDatabase:
    """The database in the file of a path or of a `sqlite:///file` URL.

    Raises:
        OptionError: The URL has no file.
    """
    return SqliteDatabase(sqlite_path(str(source)) if scheme_of(source) else Path(source))


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///file` URL, as SQLAlchemy reads it (the query part is ignored)."""
    rest = url.partition("://")[2]
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise OptionError(f"expected sqlite:///FILE (four slashes for an absolute path), got {url!r}")
    return Path(unquote(rest[1:].partition("?")[0]))


_TEXT_AFFINITY: Final = ("char", "clob", "text")
"""Parts of declared types that make SQLite store numbers as text."""


class SqliteDatabase:
    """One SQLite file; see `nshot.databases.backend.Backend`."""

    dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        self.source = path
        self.shown = str(path)

    def schema(self, db_id: str | None = None) -> Schema:
        return sqlite_schema(self.source, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """Long values are cut inside the sandbox, so they take no memory here."""

        def select(table: Table, columns: list[Column]) -> str:
            names = ", ".join(_short(column, bounds.length + 1) for column in columns)
            return f"SELECT {names} FROM {quote_name(table.name)} LIMIT {bounds.rows}"  # noqa: S608

        with closing(sandbox.WorkerSession()) as session:
            return read_cells(schema, bounds, select, partial(read_distinct, session, self.source))

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        return execute_sqlite(self.source, sql, limits, kept)

    def state(self) -> FileState | None:
        return read_state(self.source, "-wal")

    def content(self) -> str | None:
        return read_content(self.source, "-wal")

    def version(self) -> str | None:
        return read_version(self.source, "-wal")

    def is_stable(self, sql: str) -> bool:
        return is_stable(sql, self._changing_views)

    def find_risks(self) -> tuple[str, ...]:
        return ()

    def role_statements(self, role: str) -> str:  # noqa: ARG002
        return file_statements(self.source)

    @cached_property
    def _changing_views(self) -> frozenset[str]:
        return find_changing_views(self.source)


def _short(column: Column, characters: int) -> str:
    """SQL for the beginnings of a column's texts and blobs; NULL for numbers."""
    name = quote_name(column.name)
    short = f"substr({name}, 1, {characters})"
    if any(part in column.type for part in _TEXT_AFFINITY):  # then it holds no numbers
        return short
    return f"CASE WHEN typeof({name}) IN ('text', 'blob') THEN {short} END"
