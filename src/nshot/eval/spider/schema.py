"""What Spider's evaluators read of a database: its tables and columns, and its foreign-key classes."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nshot.databases import open_readonly
from nshot.errors import DataError
from nshot.eval.spider.statement import STAR, ColumnName


@dataclass(frozen=True)
class SpiderSchema:
    """The tables and columns of the SQLite file; names are never resolved against tables.json."""

    tables: Mapping[str, tuple[str, ...]]
    """Lower-cased columns by table, in the order of sqlite_master; with `sqlite_sequence`, without views."""

    @classmethod
    def read(cls, path: Path) -> SpiderSchema:
        """The schema of a SQLite file, without tables that SQLite cannot describe.

        Raises:
            DatabaseNotFoundError: There is no such file.
            DataError: The file is not a SQLite database.
        """
        try:
            with closing(open_readonly(path)) as connection:
                names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                tables = {name.lower(): _columns(connection, name) for (name,) in names}
        except sqlite3.Error as error:
            raise DataError(f"cannot list the tables of {path}: {error}; is the file complete?") from error
        return cls({name: columns for name, columns in tables.items() if columns})

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, ColumnName]]:
        """Full column names by table and column."""
        return {
            table: {column: (table, column) for column in columns} for table, columns in self.tables.items()
        }


def _columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """The table's columns; none if it is a virtual table whose module is not loaded."""
    try:
        rows = connection.execute("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,)).fetchall()
    except sqlite3.OperationalError:
        return ()
    return tuple(name.lower() for (name,) in rows)


def foreign_key_classes(entry: Mapping[str, Any]) -> Mapping[ColumnName, ColumnName]:
    """The representative of each column that takes part in a foreign key, from an entry of tables.json.

    Columns with the same representative are the same column for the exact match. A pair is added to the first
    class that contains one of the two, and classes are never merged, so this is not a union-find.

    >>> foreign_key_classes({})
    {}
    """
    if not entry.get("foreign_keys"):
        return {}
    tables = [name.lower() for name in entry["table_names_original"]]
    columns: list[ColumnName] = [
        (tables[table], name.lower()) if table >= 0 else STAR
        for table, name in entry["column_names_original"]
    ]
    classes: list[set[int]] = []
    for pair in entry["foreign_keys"]:
        known = next((members for members in classes if not members.isdisjoint(pair)), None)
        if known is None:
            classes.append(known := set())
        known.update(pair)
    return {columns[member]: columns[min(members)] for members in classes for member in members}
