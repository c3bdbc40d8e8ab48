"""What Spider's evaluators read of a database: its tables and columns, and its foreign-key
classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nshot.databases import Source, bind, sqlite_columns
from nshot.eval.spider.statement import STAR, ColumnName


@dataclass(frozen=True)
class SpiderSchema:
    """The tables and columns of a database; names are never resolved against tables.json."""

    tables: Mapping[str, tuple[str, ...]]
    """Lower-cased columns by table, in the order of sqlite_master; with `sqlite_sequence`, without
    views.
    """

    @classmethod
    def read(cls, source: Source) -> SpiderSchema:
        """The schema of a database, without tables that cannot be described, and without views.

        Raises:
            DatabaseNotFoundError: There is no such database.
            DataError: It cannot be read.
        """
        database = bind(source)
        if database.dialect == "sqlite":
            found = sqlite_columns(Path(database.source))
        else:
            tables = (table for table in database.schema().tables if not table.is_view)
            found = {table.name: tuple(column.name for column in table.columns) for table in tables}
        return cls(
            {name.lower(): tuple(column.lower() for column in columns) for name, columns in found.items()}
        )

    @cached_property
    def columns(self) -> Mapping[str, Mapping[str, ColumnName]]:
        """Full column names by table and column."""
        return {
            table: {column: (table, column) for column in columns} for table, columns in self.tables.items()
        }


def foreign_key_classes(entry: Mapping[str, Any]) -> Mapping[ColumnName, ColumnName]:
    """The representative of each column that takes part in a foreign key, from an entry of
    tables.json.

    Columns with the same representative are the same column for the exact match. A pair is added to
    the first class that contains one of the two, and classes are never merged, so this is not a
    union-find.

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
