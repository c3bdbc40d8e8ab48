"""What a database holds, as rules that write questions need it: the role of each column, and some
values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, Literal

from nshot.databases import execute
from nshot.errors import DataError, SqlError
from nshot.prompting import kind
from nshot.sql import name_parts, quote_name, split_name, sql_name
from nshot.stemming import strip_plural
from nshot.types import Column, ForeignKey, Schema, Table

Role = Literal["key", "label", "category", "text", "number", "year", "date", "flag", "other"]
"""`key`: an id or part of a foreign key; `label`: names a row for people; `category`: few texts;
`number`: a measure; `date`: an ISO date; `flag`: two values."""

SAMPLE: Final = 2000
"""Rows of a table that are looked at, from its beginning."""
MOST_CATEGORIES: Final = 30
"""Different values of a category."""
LONGEST: Final = 40
"""Characters of a value that a question may hold."""

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}.*)?")
_LABEL: Final = ("name", "title", "label", "description", "model", "code")
_ID_ENDINGS: Final = frozenset("id ids code key no num number".split())


@dataclass(frozen=True)
class ColumnProfile:
    """One column: what it is, and what it holds."""

    table: str
    column: Column
    role: Role
    words: str
    """Its name for people: `unit price`."""
    values: tuple[Any, ...]
    """Different values in the order of their first occurrence, without NULL."""
    nulls: int
    """How many of the rows looked at have none."""

    @property
    def name(self) -> str:
        """The name as SQL writes it."""
        return sql_name(self.column.name, "sqlite")


@dataclass(frozen=True)
class TableProfile:
    """One table: its columns by role."""

    table: Table
    words: str
    """Its name for people, in the singular: `order line`."""
    rows: int
    """Rows looked at."""
    columns: tuple[ColumnProfile, ...]

    @property
    def name(self) -> str:
        """The name as SQL writes it."""
        return sql_name(self.table.name, "sqlite")

    def of(self, *roles: Role) -> list[ColumnProfile]:
        """The columns of these roles."""
        return [column for column in self.columns if column.role in roles]

    @cached_property
    def label(self) -> ColumnProfile | None:
        """The column that names a row, if there is just one, or one that is called name or
        title."""
        labels = self.of("label")
        return labels[0] if labels else None


@dataclass(frozen=True)
class DatabaseProfile:
    """A database: its tables, and the keys that join two of them."""

    schema: Schema
    tables: tuple[TableProfile, ...]

    def table(self, name: str) -> TableProfile | None:
        """The table of that name, letter case ignored; None if there is none or it is empty."""
        return next((one for one in self.tables if one.table.name.lower() == name.lower()), None)

    @cached_property
    def joins(self) -> list[tuple[TableProfile, ForeignKey, TableProfile]]:
        """(child, key, parent) for each foreign key of one column between two different tables."""
        found = []
        for key in self.schema.foreign_keys:
            child, parent = self.table(key.table), self.table(key.ref_table)
            if child and parent and child is not parent and len(key.columns) == len(key.ref_columns) == 1:
                found.append((child, key, parent))
        return found


def read_profile(source: Any, schema: Schema) -> DatabaseProfile:
    """Looks at a database.

    Args:
        source: The file, or a URL.
        schema: Its schema, perhaps with keys that it does not declare.
    """
    keys = {
        (table.lower(), name.lower())
        for key in schema.foreign_keys
        for table, names in ((key.table, key.columns), (key.ref_table, key.ref_columns))
        for name in names
    }
    tables = [_read_table(source, schema, table, keys) for table in schema.tables]
    return DatabaseProfile(schema, tuple(one for one in tables if one is not None))


def _read_table(source: Any, schema: Schema, table: Table, keys: set[tuple[str, str]]) -> TableProfile | None:
    names = ", ".join(quote_name(column.name, schema.dialect) for column in table.columns)
    sql = f"SELECT {names} FROM {quote_name(table.name, schema.dialect)} LIMIT {SAMPLE}"
    try:
        rows = execute(source, sql, timeout=5, max_rows=SAMPLE).rows
    except (SqlError, DataError):
        return None
    if len(rows) < 2:
        return None
    known = frozenset(
        part
        for one in schema.tables
        for name in (one.name, *(c.name for c in one.columns))
        for part in name_parts(name)
    )
    primary = {name.lower() for name in table.primary_key}
    columns = []
    for column, cells in zip(table.columns, zip(*rows, strict=True), strict=True):
        is_key = (table.name.lower(), column.name.lower()) in keys or column.name.lower() in primary
        columns.append(_read_column(table, column, cells, is_key=is_key, known=known))
    columns = _one_label(columns)
    words = (table.natural_name or split_name(table.name, known).replace("_", " ")).lower()
    *first, last = words.split() or ["row"]
    return TableProfile(table, " ".join([*first, strip_plural(last)]), len(rows), tuple(columns))


def _read_column(
    table: Table, column: Column, cells: Sequence[Any], *, is_key: bool, known: frozenset[str]
) -> ColumnProfile:
    values = tuple(dict.fromkeys(_plain(cell) for cell in cells if cell is not None and cell != ""))
    words = (column.natural_name or split_name(column.name, known).replace("_", " ")).lower()
    nulls = sum(cell is None for cell in cells)
    role = _role(column, words, values, len(cells), is_key=is_key)
    return ColumnProfile(table.name, column, role, words, values, nulls)


def _plain(cell: Any) -> Any:
    """The value as SQLite would hold it: servers have dates, decimal numbers and truth values."""
    if isinstance(cell, date):
        return str(cell)
    if isinstance(cell, bool):
        return int(cell)
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    return cell if isinstance(cell, str | int | float | bytes) else repr(cell)


def _role(column: Column, words: str, values: tuple[Any, ...], rows: int, *, is_key: bool) -> Role:
    last = words.split()[-1] if words.split() else ""
    if not values or not words.isascii():
        return "other"
    if is_key or last in ("id", "ids", "key"):
        return "key"
    if all(isinstance(value, str) for value in values):
        return _text_role(words, values, rows)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        if set(values) <= {0, 1} and len(values) == 2 and kind(column.type) in ("bool", "int"):
            return "flag"
        if last == "year" and all(1000 < value < 2200 for value in values):
            return "year"
        return "key" if last in _ID_ENDINGS else "number"
    return "other"


def _text_role(words: str, values: tuple[str, ...], rows: int) -> Role:
    if all(_DATE.fullmatch(value) for value in values):
        return "date"
    if any(len(value) > LONGEST or "\n" in value for value in values[:50]):
        return "other"
    if words.split()[-1] in _LABEL[:3] and len(values) > 0.7 * rows:
        return "label"
    if 2 <= len(values) <= MOST_CATEGORIES and len(values) < 0.6 * rows:
        return "category"
    return "text" if words.split()[-1] not in _ID_ENDINGS else "key"


def _one_label(columns: list[ColumnProfile]) -> list[ColumnProfile]:
    """The best of several labels first: a plain name before others."""

    def rank(one: ColumnProfile) -> int:
        return _LABEL.index(one.words.split()[-1]) if one.words.split()[-1] in _LABEL else len(_LABEL)

    labels = sorted((one for one in columns if one.role == "label"), key=rank)
    rest = [one for one in columns if one.role != "label"]
    return labels + rest
