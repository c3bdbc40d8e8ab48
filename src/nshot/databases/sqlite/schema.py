"""Read the schema of a SQLite file with PRAGMAs."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from nshot.databases.sqlite.execute import open_readonly
from nshot.errors import DataError, FileMissingError
from nshot.sql import quote_name
from nshot.types import Column, ForeignKey, LeftOut, Schema, Table

_ESCAPED: Final = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, in the encoding of Python's surrogateescape."""
_NOT_UTF8: Final = "its name is not valid UTF-8"


def sqlite_schema(path: str | Path, db_id: str | None = None) -> Schema:
    """Tables in the order of their creation, then views; types as declared, in lower case.

    SQLite's own tables (`sqlite_sequence`), shadow tables of virtual tables and hidden columns are left out;
    generated columns are included. A table or view that cannot be described is left out and named in
    `left_out`: a virtual table whose module is not loaded, a view that no longer compiles, a definition that
    this version of SQLite does not understand. A foreign key without column names refers to the primary key;
    a key whose table or columns do not exist is left out.

    Args:
        path: The file.
        db_id: The schema's name; if None, the file's stem.

    Raises:
        DataError: The file is missing or is not a SQLite database.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissingError("database", file)
    try:
        with closing(open_readonly(file)) as connection:
            connection.text_factory = _text
            tables, left_out = _tables(connection)
            schema = Schema(db_id or file.stem, tables, left_out=left_out)
            keys = tuple(key for table in tables for key in _foreign_keys(connection, schema, table))
    except sqlite3.DatabaseError as error:
        raise DataError(f"{file} cannot be read as a SQLite database: {error}") from error
    return replace(schema, foreign_keys=keys)


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _tables(connection: sqlite3.Connection) -> tuple[tuple[Table, ...], tuple[LeftOut, ...]]:
    shadows = {row[1] for row in connection.execute("PRAGMA table_list") if row[2] == "shadow"}
    rows = connection.execute(
        "SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY type, rowid"
    ).fetchall()
    tables: list[Table] = []
    left_out: list[LeftOut] = []
    for name, is_view in rows:
        if name.startswith("sqlite_") or name in shadows:
            continue
        table, parts = _table(connection, name)
        tables += [table._replace(is_view=bool(is_view))] if table.columns else []
        left_out += parts
    return tuple(tables), tuple(left_out)


def _table(connection: sqlite3.Connection, name: str) -> tuple[Table, list[LeftOut]]:
    """The table with the columns that SQL can name, and what is left out (columns, or the whole table)."""
    if not _is_utf8(name):
        return Table(name, ()), [LeftOut(_show(name), _NOT_UTF8)]
    try:
        rows = connection.execute(f"PRAGMA table_xinfo({quote_name(name)})").fetchall()
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return Table(name, ()), [LeftOut(name, str(error))]
    if not rows:
        return Table(name, ()), [LeftOut(name, "this version of SQLite does not understand its definition")]
    shown = [row for row in rows if row[6] != 1 and _is_utf8(row[1])]
    keys = tuple(row[1] for row in sorted((row for row in rows if row[5]), key=lambda row: row[5]))
    columns = tuple(Column(row[1], _show(row[2] or "").lower()) for row in shown)
    left_out = [LeftOut(f"{name}.{_show(row[1])}", _NOT_UTF8) for row in rows if not _is_utf8(row[1])]
    return Table(name, columns, keys if all(map(_is_utf8, keys)) else ()), left_out


def _is_utf8(name: str) -> bool:
    """Whether SQL text can contain the name."""
    return not _ESCAPED.search(name)


def _show(name: str) -> str:
    return _ESCAPED.sub("\ufffd", name)


def _foreign_keys(connection: sqlite3.Connection, schema: Schema, table: Table) -> list[ForeignKey]:
    groups: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, ref_table, column, ref_column, *_ in sorted(
        connection.execute(f"PRAGMA foreign_key_list({quote_name(table.name)})"),
        key=lambda row: (-row[0], row[1]),
    ):
        groups.setdefault(number, []).append((ref_table, column, ref_column))
    keys = []
    for group in groups.values():
        target = schema.table(group[0][0])
        if target is None:
            continue
        named = tuple(ref for _, _, ref in group if ref is not None) or target.primary_key
        columns = _own_case(table, tuple(column for _, column, _ in group))
        ref_columns = _own_case(target, named)
        if columns and len(columns) == len(ref_columns):
            keys.append(ForeignKey(table.name, columns, target.name, ref_columns))
    return keys


def _own_case(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the spelling of the table; empty if one of them does not exist."""
    own = {column.name.lower(): column.name for column in table.columns}
    found = tuple(own[name.lower()] for name in names if name.lower() in own)
    return found if len(found) == len(names) else ()
