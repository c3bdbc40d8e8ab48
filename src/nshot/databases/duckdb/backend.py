"""DuckDB files as databases."""

from __future__ import annotations

import re
from functools import cached_property, partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from nshot.databases.backend import FileState, Kept, Limits, Source, scheme_of
from nshot.databases.cells.read import Bounds, CellsRead, read_cells
from nshot.databases.duckdb.execute import execute_duckdb, read_distinct
from nshot.databases.duckdb.schema import duckdb_schema
from nshot.databases.file_rights import file_statements
from nshot.databases.file_state import read_content, read_state, read_version
from nshot.errors import OptionError
from nshot.sql import quote_name
from nshot.types import Column, Rows, Schema, Table

_CHANGING: Final = re.compile(
    r"random|uuid|now|today|current_|transaction_timestamp|getvariable|txid|age\s*\(|sample", re.IGNORECASE
)
"""SQL whose result may differ from run to run."""


def bind(source: Source) -> DuckdbDatabase:
    """The database in the file of a path or of a `duckdb:///file` URL.

    Raises:
        OptionError: The URL has no file.
    """
    return DuckdbDatabase(_path(str(source)) if scheme_of(source) else Path(source))


def _path(url: str) -> Path:
    rest = url.partition("://")[2]
    if not rest.startswith("/") or rest in ("/", "/:memory:"):
        raise OptionError(f"expected duckdb:///FILE (four slashes for an absolute path), got {url!r}")
    return Path(unquote(rest[1:].partition("?")[0]))


class DuckdbDatabase:
    """One DuckDB file; see `nshot.databases.backend.Backend`."""

    dialect = "duckdb"

    def __init__(self, path: Path) -> None:
        self.source = path if path.suffix in (".duckdb", ".ddb") else f"duckdb:///{path.absolute()}"
        self.shown = str(path)
        self._file = path

    def schema(self, db_id: str | None = None) -> Schema:
        return duckdb_schema(self._file, db_id)

    def cells(self, schema: Schema, bounds: Bounds) -> CellsRead:
        """Long values are cut inside the sandbox, so they take no memory here."""

        def select(table: Table, columns: list[Column]) -> str:
            names = ", ".join(_short(column, bounds.length + 1) for column in columns)
            return f"SELECT {names} FROM {quote_name(table.name, 'duckdb')} LIMIT {bounds.rows}"  # noqa: S608

        return read_cells(schema, bounds, select, partial(read_distinct, self._file), holds_text=_holds_text)

    def execute(self, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
        return execute_duckdb(self._file, sql, limits, kept)

    def state(self) -> FileState | None:
        return read_state(self._file, ".wal")

    def content(self) -> str | None:
        return read_content(self._file, ".wal")

    def version(self) -> str | None:
        return read_version(self._file, ".wal")

    def is_stable(self, sql: str) -> bool:
        return not _CHANGING.search(sql) and not self._has_changing_view

    def find_risks(self) -> tuple[str, ...]:
        return ()

    def role_statements(self, role: str) -> str:  # noqa: ARG002
        return file_statements(self._file)

    @cached_property
    def _has_changing_view(self) -> bool:
        found = self.execute("SELECT sql FROM duckdb_views() WHERE NOT internal", Limits(max_rows=None))
        return any(_CHANGING.search(text or "") for (text,) in found.rows)


def _holds_text(_: Table, column: Column) -> bool:
    return column.type in ("varchar", "json") or column.type.startswith("enum(")


def _short(column: Column, characters: int) -> str:
    return f"CAST({quote_name(column.name, 'duckdb')} AS VARCHAR)[1:{characters}]"
