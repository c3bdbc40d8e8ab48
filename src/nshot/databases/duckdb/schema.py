"""The schema of a DuckDB file, read by SELECTs in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from nshot.databases.backend import Kept, Limits
from nshot.databases.duckdb.execute import execute_duckdb
from nshot.errors import DataError, FileMissingError, SqlError
from nshot.sql import quote_name
from nshot.types import Column, ForeignKey, LeftOut, Rows, Schema, Table

_SECONDS: Final = 10.0
_MOST_LABELS: Final = 30
"""An enumeration of more labels is written as varchar."""
_HERE: Final = "database_name = current_database() AND NOT internal"
_TABLES: Final = (
    f"SELECT schema_name, table_name, comment, false AS is_view, table_oid FROM duckdb_tables() WHERE {_HERE}"  # noqa: S608
    " UNION ALL SELECT schema_name, view_name, comment, true, view_oid FROM duckdb_views()"
    f" WHERE {_HERE} ORDER BY 4, 5"
)
_COLUMNS: Final = (
    f"SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE {_HERE}"  # noqa: S608
    " AND schema_name = current_schema() ORDER BY table_oid, column_index"
)
_KEYS: Final = (
    "SELECT table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names"
    " FROM duckdb_constraints() WHERE database_name = current_database() AND schema_name = current_schema()"
    " AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY table_oid, constraint_index"
)


def duckdb_schema(path: Path, db_id: str | None = None) -> Schema:
    """Tables in the order of their creation, then views, of the schema `main`; comments are
    descriptions.

    A view that cannot be read (it reads files, or what it reads is gone) and the tables of other
    schemas are left out and named in `left_out`.

    Args:
        path: The file.
        db_id: The schema's name; if None, the file's stem.

    Raises:
        DataError: The file is missing, or is not a DuckDB database.
        MissingExtraError: DuckDB is not installed.
    """
    if not path.is_file():
        raise FileMissingError("database", path)
    kept = Kept()

    def run(sql: str) -> Rows:
        return execute_duckdb(path, sql, Limits(_SECONDS, None), kept)

    try:
        return _schema(run, db_id or path.stem)
    except SqlError as error:
        raise DataError(f"cannot read the schema of {path}: {error}") from error
    finally:
        kept.close()


def _schema(run: Callable[[str], Rows], db_id: str) -> Schema:
    here = run("SELECT current_schema()").rows[0][0]
    listed = run(_TABLES).rows
    left_out = [
        LeftOut(f"{space}.{name}", f"it is not in the schema {here}")
        for space, name, *_ in listed
        if space != here
    ]
    columns: dict[str, list[Column]] = {}
    for table, name, type_, comment in run(_COLUMNS).rows:
        columns.setdefault(table, []).append(
            Column(name, type_name(type_), description=(comment or "").strip())
        )
    keys = run(_KEYS).rows
    primary = {table: tuple(names) for table, kind, names, *_ in keys if kind == "PRIMARY KEY"}
    tables = []
    for space, name, comment, is_view, _ in listed:
        if space != here:
            continue
        if is_view and (problem := _problem(run, name)):
            left_out.append(LeftOut(name, problem))
            continue
        own = tuple(columns.get(name, ()))
        description = (comment or "").strip()
        tables.append(Table(name, own, primary.get(name, ()), description=description, is_view=is_view))
    known = {table.name for table in tables}
    foreign = tuple(
        ForeignKey(table, tuple(names), other, tuple(others))
        for table, kind, names, other, others in keys
        if kind == "FOREIGN KEY" and other in known
    )
    return Schema(db_id, tuple(tables), foreign, "duckdb", tuple(left_out))


def _problem(run: Callable[[str], Rows], view: str) -> str:
    """Why a view cannot be read; empty if it can."""
    try:
        run(f"SELECT * FROM {quote_name(view, 'duckdb')} LIMIT 0")  # noqa: S608
    except SqlError as error:
        return str(error)
    return ""


def type_name(declared: Any) -> str:
    """The type in lower case; labels of an enumeration keep theirs.

    >>> type_name("DECIMAL(10,2)"), type_name("ENUM('Low', 'High')")
    ('decimal(10,2)', "enum('Low', 'High')")
    """
    text = str(declared)
    if not text.startswith("ENUM("):
        return text.lower()
    return "varchar" if text.count("', '") >= _MOST_LABELS else "enum" + text[4:]
