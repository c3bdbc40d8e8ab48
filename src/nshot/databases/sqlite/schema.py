"""Read the schema of a SQLite file with PRAGMAs, in the sandbox's child process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import DESCRIBE, NAMES, Request
from nshot.databases.processes.reply import rows_of
from nshot.databases.sqlite.execute import absolute, cure_unreadable
from nshot.errors import DataError, FileMissingError, SqlError, SqlExecutionError, SqlTimeoutError
from nshot.types import Column, ForeignKey, LeftOut, Schema, Table

SECONDS: Final = 30.0
"""For the whole schema; what is not described by then is left out."""
REQUEST_SECONDS = 5.0
"""For the list of names, for the tables that one request describes, and for a view or virtual
table.
"""
_MOST_COLUMNS: Final = 400_000
"""Columns of all tables that are kept in memory."""
_MOST_CHARACTERS: Final = 64 << 20
"""Characters of their names and types."""
_MAX_BYTES: Final = 64 << 20
_HIDDEN: Final = 1
"""Mark of a hidden column of a virtual table."""
_VIRTUAL: Final = 2
"""Mark of a generated column whose values are not stored."""

_ESCAPED: Final = re.compile("[\udc80-\udcff]")
"""A byte that is not UTF-8, in the encoding of Python's surrogateescape."""
_NOT_UTF8: Final = "its name is not valid UTF-8"


class _Described(NamedTuple):
    """What SQLite says of a table or view."""

    name: str
    reason: str
    """Why it cannot be read; empty if it can."""
    columns: Sequence[tuple[str, str, int, int]] = ()
    """name, declared type, place in the primary key (0: none), hidden"""
    keys: Sequence[tuple[int, int, str, str, str | None]] = ()
    """Of `PRAGMA foreign_key_list`: id, place, table, column, column of that table"""
    unread: str = ""
    """Why its virtual generated columns cannot be read; empty if they can."""
    is_view: bool = False


def sqlite_schema(path: str | Path, db_id: str | None = None) -> Schema:
    """Tables in the order of their creation, then views; types as declared, in lower case.

    SQLite's own tables (`sqlite_sequence`), shadow tables of virtual tables and hidden columns are
    left out; generated columns are included. A table or view that cannot be read is left out and
    named in `left_out`: a virtual table whose module is not loaded, a table with damaged pages, a
    view that no longer compiles or takes too long, a definition that this version of SQLite does
    not understand. A foreign key without column names refers to the primary key; a key whose table
    or columns do not exist is left out.

    Args:
        path: The file.
        db_id: The schema's name; if None, the file's stem.

    Raises:
        DataError: The file is missing or is not a SQLite database.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissingError("database", file)
    described: list[_Described] = []
    tables: list[Table] = []
    left_out: list[LeftOut] = []
    names: set[str] = set()
    for one in _describe(file, shown_only=True):
        table, parts = _table(one)
        if table.columns and table.name.lower() in names:
            table, parts = Table(table.name, ()), [LeftOut(table.name, "another table has its name")]
        names.add(table.name.lower())
        left_out += parts
        if table.columns:
            tables.append(table)
            described.append(one)
    schema = Schema(db_id or file.stem, tuple(tables), left_out=tuple(left_out))
    by_name = {table.name.lower(): table for table in reversed(tables)}
    keys = tuple(
        key
        for table, one in zip(tables, described, strict=True)
        for key in _foreign_keys(by_name, table, one.keys)
    )
    return replace(schema, foreign_keys=keys)


def sqlite_columns(path: Path) -> dict[str, tuple[str, ...]]:
    """The columns of all tables that can be read, as `PRAGMA table_info` lists them.

    SQLite's own tables and shadow tables are included, views and generated columns are not.

    Raises:
        DatabaseNotFoundError: There is no such file.
        DataError: The file is not a SQLite database.
    """
    return {
        _show(one.name): tuple(_show(name) for name, _, _, hidden in one.columns if not hidden)
        for one in _describe(path, shown_only=False)
        if one.columns and not one.is_view
    }


def _describe(file: Path, *, shown_only: bool) -> Iterator[_Described]:
    """Tables and views in the order of the file; with `shown_only`, without those that users do not
    see.
    """
    with closing(_SchemaReader(file)) as reader:
        waiting: list[str] = []
        for name, is_view, is_shadow, is_virtual in reader.list_names():
            if not isinstance(name, str):
                yield _Described(_show_value(name), "its name is not text")
            elif shown_only and (name.startswith("sqlite_") or is_shadow):
                continue
            elif not _is_utf8(name):
                yield _Described(_show(name), _NOT_UTF8)
            elif is_view or is_virtual:  # a definition that may take long: alone
                yield from reader.describe(waiting, has_rows=True)
                waiting = []
                for one in reader.describe([name], has_rows=False):
                    yield one._replace(is_view=is_view)
            else:
                waiting.append(name)
        yield from reader.describe(waiting, has_rows=True)


class _SchemaReader:
    """Asks one child process, so that the connection stays open; a killed one is replaced."""

    def __init__(self, file: Path) -> None:
        self._file, self._session = file, sandbox.WorkerSession()
        self._deadline = time.monotonic() + SECONDS
        self._columns = self._characters = 0

    def close(self) -> None:
        self._session.close()

    def list_names(self) -> tuple[tuple[Any, ...], ...]:
        try:
            return self._ask(NAMES, ())
        except SqlError as error:
            raise DataError(f"cannot read the database {self._file}: its list of tables: {error}") from error

    def describe(self, names: Sequence[str], *, has_rows: bool) -> Iterator[_Described]:
        """The tables of these names, in order; a table that takes longer gets a reason."""
        at, together = 0, len(names)
        while at < len(names):
            if reason := self._find_limit():
                yield from (_Described(name, reason) for name in names[at:])
                return
            asked = names[at : at + together]
            try:
                rows = self._ask(DESCRIBE, tuple((name, has_rows) for name in asked))
            except (SqlTimeoutError, SqlExecutionError) as error:
                if isinstance(error, SqlTimeoutError) and "lock" in str(error):
                    raise DataError(f"cannot read the database {self._file}: {error}") from error
                if together == 1:
                    yield _Described(asked[0], f"describing it: {error}")
                    at += 1
                together = 1
                continue
            for row in rows:
                self._columns += len(row[2])
                self._characters += sum(len(column[0]) + len(column[1]) for column in row[2])
                yield _Described(*row)
            at += len(rows)

    def _find_limit(self) -> str:
        """The reason to stop; empty to go on."""
        if time.monotonic() > self._deadline:
            return f"describing the tables before it took more than {SECONDS:g} s"
        if self._columns > _MOST_COLUMNS:
            return f"the tables before it have more than {_MOST_COLUMNS:,} columns"
        if self._characters > _MOST_CHARACTERS:
            return f"the columns before it have names and types of more than {_MOST_CHARACTERS:,} characters"
        return ""

    def _ask(self, work: str, arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
        path, seconds = absolute(self._file), REQUEST_SECONDS
        request = Request(
            path, "", seconds, None, _MAX_BYTES, "surrogateescape", keep=True, work=work, arguments=arguments
        )
        return rows_of(self._session.run(request), self._file, cure_unreadable).rows


def _table(one: _Described) -> tuple[Table, list[LeftOut]]:
    """The table with the columns that SQL can name, and what is left out (columns, or the whole
    table).
    """
    name, rows = one.name, one.columns
    if one.reason:
        return Table(name, ()), [LeftOut(name, one.reason)]
    if not rows:
        return Table(name, ()), [LeftOut(name, "this version of SQLite does not understand its definition")]
    left_out = [LeftOut(f"{name}.{_show(row[0])}", _NOT_UTF8) for row in rows if not _is_utf8(row[0])]
    if one.unread:
        left_out += [LeftOut(f"{name}.{_show(row[0])}", one.unread) for row in rows if row[3] == _VIRTUAL]
        rows = [row for row in rows if row[3] != _VIRTUAL]
    shown = [row for row in rows if row[3] != _HIDDEN and _is_utf8(row[0])]
    keys = tuple(row[0] for row in sorted((row for row in rows if row[2]), key=lambda row: row[2]))
    columns = tuple(Column(row[0], _show(row[1]).lower()) for row in shown)
    table = Table(name, columns, keys if all(map(_is_utf8, keys)) else (), is_view=one.is_view)
    return table, left_out


def _is_utf8(name: str) -> bool:
    """Whether SQL text can contain the name."""
    return not _ESCAPED.search(name)


def _show(name: str) -> str:
    return _ESCAPED.sub("\ufffd", name)


def _show_value(name: object) -> str:
    if isinstance(name, bytes):
        return name.decode(errors="replace")
    return "NULL" if name is None else str(name)


def _foreign_keys(
    tables: dict[str, Table], table: Table, rows: Sequence[tuple[int, int, str, str, str | None]]
) -> list[ForeignKey]:
    groups: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, _, ref_table, column, ref_column in sorted(rows, key=lambda row: (-row[0], row[1])):
        groups.setdefault(number, []).append((ref_table, column, ref_column))
    keys = []
    for group in groups.values():
        target = tables.get(group[0][0].lower())
        if target is None:
            continue
        named = tuple(ref for _, _, ref in group if ref is not None) or target.primary_key
        columns = _spell_as_declared(table, tuple(column for _, column, _ in group))
        ref_columns = _spell_as_declared(target, named)
        if columns and len(columns) == len(ref_columns):
            keys.append(ForeignKey(table.name, columns, target.name, ref_columns))
    return keys


def _spell_as_declared(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names in the spelling of the table; empty if one of them does not exist."""
    own = {column.name.lower(): column.name for column in table.columns}
    found = tuple(own[name.lower()] for name in names if name.lower() in own)
    return found if len(found) == len(names) else ()
