"""Reading the distinct text values of a database, within bounds of rows, length and time."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nshot.databases import open_readonly
from nshot.databases.schema import is_url, sqlite_path
from nshot.databases.sqlite.schema import quote
from nshot.errors import DataError, OptionError, SqlError, SqlExecutionError
from nshot.types import Column, Schema

NO_TEXT = (
    "int",
    "real",
    "floa",
    "doub",
    "num",
    "dec",
    "date",
    "time",
    "year",
    "bool",
    "bit",
    "blob",
    "money",
    "serial",
)
"""Parts of declared types that hold no words."""
_WORDY = re.compile(rb"[^ -@]")
"""A byte that is no ASCII digit, blank or punctuation mark before the letters."""
_CHUNK = 2_000
Cells = list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a database is read for its values."""

    rows: int = 20_000
    """Rows of a table that are looked through, from its beginning."""
    values: int = 5_000
    """Distinct values kept of a column."""
    length: int = 80
    """Longest value kept, in bytes of UTF-8."""
    seconds: float = 2.0
    """Time for the whole database; a net for odd cases, so that the bounds above decide what is read."""

    def __post_init__(self) -> None:
        for name in ("rows", "values", "length", "seconds"):
            if getattr(self, name) <= 0:
                raise OptionError(f"{name} must be above 0, got {getattr(self, name)}")


def may_hold_text(column: Column) -> bool:
    """False for columns declared as numbers, dates, truth values or blobs.

    >>> [may_hold_text(Column("a", type_)) for type_ in ("varchar(20)", "", "int")]
    [True, True, False]
    """
    return not any(part in column.type for part in NO_TEXT)


def read_cells(source: str | Path, schema: Schema, bounds: Bounds) -> tuple[Cells, bool]:
    """(table, column, value) in the schema's order, and whether the reading came to its end in time.

    Raises:
        DataError: the database cannot be read.
    """
    path = sqlite_path(source) if isinstance(source, str) and is_url(source) else Path(source)
    deadline = time.monotonic() + bounds.seconds
    if path is None:
        return _from_url(str(source), schema, bounds, deadline)
    cells: Cells = []
    try:
        with closing(open_readonly(path)) as connection:
            connection.text_factory = bytes
            connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
            for table, columns in _places(schema):
                cells += _table_cells(connection, table, columns, bounds)
                if time.monotonic() > deadline:
                    return cells, False
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return cells, False
        raise DataError(f"{path}: its values cannot be read: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DataError(f"{path} cannot be read as a SQLite database: {error}") from error
    return cells, True


def _places(schema: Schema) -> Iterator[tuple[str, list[str]]]:
    for table in schema.tables:
        columns = [column.name for column in table.columns if may_hold_text(column)]
        if columns:
            yield table.name, columns


def _table_cells(connection: sqlite3.Connection, table: str, columns: list[str], bounds: Bounds) -> Cells:
    """One pass over the table: several times as fast as a SELECT DISTINCT for each column."""
    found: list[dict[bytes, None]] = [{} for _ in columns]
    names = ", ".join(map(quote, columns))
    cursor = connection.execute(f"SELECT {names} FROM {quote(table)} LIMIT {bounds.rows}")  # noqa: S608
    while rows := cursor.fetchmany(_CHUNK):
        for values, cells in zip(found, zip(*rows, strict=True), strict=True):
            if len(values) < bounds.values:
                values.update(dict.fromkeys(_wordy(cells, bounds.length)))
    return [
        (table, column, value.decode(errors="replace"))
        for column, values in zip(columns, found, strict=True)
        for value in list(values)[: bounds.values]
    ]


def _wordy(cells: tuple[object, ...], length: int) -> Iterator[bytes]:
    search = _WORDY.search
    return (
        cell for cell in dict.fromkeys(cells) if type(cell) is bytes and len(cell) <= length and search(cell)
    )


def _from_url(url: str, schema: Schema, bounds: Bounds, deadline: float) -> tuple[Cells, bool]:
    from nshot.databases import execute

    mark = "`" if schema.dialect == "mysql" else '"'
    cells: Cells = []
    complete = True
    for table, columns in _places(schema):
        for column in columns:
            quoted = [mark + name.replace(mark, 2 * mark) + mark for name in (column, table)]
            sql = f"SELECT DISTINCT {quoted[0]} FROM {quoted[1]}"  # noqa: S608
            left = deadline - time.monotonic()
            if left <= 0:
                return cells, False
            try:
                rows = execute(url, sql, timeout=left, max_rows=bounds.values).rows
            except OptionError:  # a database that nshot reads the schema of, and cannot execute on
                return [], False
            except SqlExecutionError:  # a type without DISTINCT, such as json: the other columns go on
                complete = False
                continue
            except SqlError:
                return cells, False
            texts = [
                value for (value,) in rows if isinstance(value, str) and len(value.encode()) <= bounds.length
            ]
            cells += [(table, column, text) for text in texts]
    return cells, complete
