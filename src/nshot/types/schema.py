"""The schema of a database, and the cell values that a question names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class Column(NamedTuple):
    name: str
    type: str = ""
    """The declared type as the database writes it, lower-cased; empty when it declares none."""
    natural_name: str = ""
    """The name in words ("home town"), if a source has one (tables.json)."""
    description: str = ""
    codes: tuple[str, ...] = ()
    """All values of a column that holds few short ones, where they are to be shown."""
    note: str = ""
    """What its users say of it, where that is to be shown; `description` is the database's own."""


class Table(NamedTuple):
    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    """Column names in key order; more than one for a composite key, empty for none."""
    natural_name: str = ""
    description: str = ""
    is_view: bool = False
    note: str = ""
    """What its users say of it, where that is to be shown."""


class ForeignKey(NamedTuple):
    """`table.columns[i]` refers to `ref_table.ref_columns[i]`."""

    table: str
    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]

    def rename(self, name: Callable[[str], str]) -> ForeignKey:
        """The key with other names of its tables and columns."""
        columns, ref_columns = (tuple(map(name, names)) for names in (self.columns, self.ref_columns))
        return ForeignKey(name(self.table), columns, name(self.ref_table), ref_columns)


class LeftOut(NamedTuple):
    """A part of a database that cannot be read."""

    name: str
    """A table, or `table.column`."""
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables in the database's own order, with names in their own letter case."""

    db_id: str
    tables: tuple[Table, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    dialect: str = "sqlite"
    """sqlglot's name of the database's SQL dialect."""
    left_out: tuple[LeftOut, ...] = field(default=(), compare=False)
    """Tables of the database that could not be read and are not among `tables`."""

    def table(self, name: str) -> Table | None:
        """The table of that name, ignoring letter case; None if there is none."""
        lowered = name.lower()
        return next((table for table in self.tables if table.name.lower() == lowered), None)

    def identifiers(self) -> Iterator[str]:
        """The name of each table, and after it those of its columns; names may occur again."""
        for table in self.tables:
            yield table.name
            for column in table.columns:
                yield column.name


class CellMatch(NamedTuple):
    """A cell value of the database found in a question's text."""

    table: str
    column: str
    value: str
    """The value as the database stores it."""
    start: int
    end: int
    """`question[start:end]` is the span that matched."""
