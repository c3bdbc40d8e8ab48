"""Dates, times and intervals of DuckDB that the driver changes.

The driver returns `infinity` as the last date of Python, and a month as 30 days. Where a result may
hold such values, the statement runs again with a further column for each, which has the text that
DuckDB writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from nshot.sql import quote_name, scan, strip_semicolons

_BOUNDS: Final = frozenset((date.min, date.max, datetime.min, datetime.max))  # noqa: DTZ901 - naive
"""What the driver returns for `-infinity` and `infinity`."""
_NESTED: Final = frozenset(("list", "array", "struct", "map"))

Values = tuple[Any, ...]


class TextColumns(NamedTuple):
    """A statement with texts after its own columns."""

    sql: str
    places: tuple[int, ...]
    """The columns that the texts belong to."""

    def restore(self, row: Values) -> Values:
        """A row without the texts, which stand where there is one."""
        own, texts = list(row[: -len(self.places)]), row[-len(self.places) :]
        for place, text in zip(self.places, texts, strict=True):
            own[place] = own[place] if text is None else text
        return tuple(own)


def find_changed(types: Sequence[Any], rows: Sequence[Values]) -> list[int]:
    """The columns with a value that the driver may have changed.

    Args:
        types: DuckDB's type of each column.
        rows: The rows as the driver gives them.
    """
    timed = [place for place, type_ in enumerate(types) if _holds_times(type_)]
    return [place for place in timed if any(_is_doubtful(row[place]) for row in rows)]


def add_texts(sql: str, types: Sequence[Any], places: Sequence[int]) -> TextColumns:
    """The statement with a text for each value that the driver changes, and NULL for the others.

    A list, struct or map that holds dates or intervals comes with texts inside.

    Args:
        sql: One query.
        types: DuckDB's type of each of its columns.
        places: The columns wanted.
    """
    tokens = scan(sql)
    kept = len(strip_semicolons(tokens))
    body = sql[: tokens[kept].start] if kept < len(tokens) else sql
    texts = ", ".join(_text(f"#{place + 1}", types[place]) for place in places)
    return TextColumns(f"SELECT *, {texts} FROM (\n{body}\n)", tuple(places))  # noqa: S608


def _holds_times(type_: Any) -> bool:
    if type_.id in _NESTED:
        return any(hasattr(one, "id") and _holds_times(one) for _, one in type_.children)
    return str(type_.id).startswith(("interval", "date", "timestamp"))


def _is_doubtful(value: Any) -> bool:
    if isinstance(value, timedelta):
        return value.days != 0
    if isinstance(value, date):
        return value in _BOUNDS
    if isinstance(value, dict):
        return any(map(_is_doubtful, (*value, *value.values())))
    return isinstance(value, list) and any(map(_is_doubtful, value))


def _text(place: str, type_: Any) -> str:
    if type_.id in _NESTED:
        return f"CAST({place} AS {_with_texts(type_)})"
    if type_.id == "interval":
        changed = f"datepart('year', {place}) <> 0 OR datepart('month', {place}) <> 0"
    else:
        changed = f"isinf({place})"
    return f"CASE WHEN {changed} THEN CAST({place} AS VARCHAR) END"


def _with_texts(type_: Any) -> str:
    """The type with VARCHAR for dates, times and intervals inside it."""
    if not _holds_times(type_):
        return str(type_)
    if type_.id not in _NESTED:
        return "VARCHAR"
    parts = dict(type_.children)
    if type_.id == "map":
        return f"MAP({_with_texts(parts['key'])}, {_with_texts(parts['value'])})"
    if type_.id == "struct":
        fields = (f"{quote_name(name, 'duckdb')} {_with_texts(one)}" for name, one in type_.children)
        return f"STRUCT({', '.join(fields)})"
    return f"{_with_texts(parts['child'])}[{parts.get('size', '')}]"
