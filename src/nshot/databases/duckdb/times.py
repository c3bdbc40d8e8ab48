"""Dates, times and intervals of DuckDB that the driver changes.

The driver returns `infinity` as the last date of Python, a month as 30 days, and cuts nanoseconds
off. Where a result may hold such values, the statement runs again with a further column for each,
which has the text that DuckDB writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from nshot.sql import quote_name, scan, strip_semicolons

_BOUNDS: Final = frozenset((date.min, date.max, datetime.min, datetime.max))  # noqa: DTZ901 - naive
"""What the driver returns for `-infinity` and `infinity`."""
_NESTED: Final = frozenset(("list", "array", "struct", "map"))
_TIMES: Final = ("interval", "date", "timestamp", "time_ns")
"""Beginnings of the types that the driver may change. `TIME` is exact."""
_NANO: Final = "_ns"
"""End of the types with nanoseconds, which Python's classes have not."""

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
    exact = {place for place in timed if _NANO not in str(types[place]).lower()}
    return [place for place in timed if any(_is_doubtful(row[place], place in exact) for row in rows)]


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
    if type_.id in _NESTED or type_.id == "union":
        return any(hasattr(one, "id") and _holds_times(one) for _, one in type_.children)
    return str(type_.id).startswith(_TIMES)


def _is_doubtful(value: Any, exact: bool) -> bool:
    """Whether the driver may have changed a value.

    Args:
        value: What the driver returned.
        exact: The value's type has no nanoseconds.
    """
    if isinstance(value, timedelta):
        return value.days != 0
    if isinstance(value, date | time):
        return not exact or value in _BOUNDS
    if isinstance(value, dict):
        return any(_is_doubtful(one, exact) for one in (*value, *value.values()))
    return isinstance(value, list) and any(_is_doubtful(one, exact) for one in value)


def _text(place: str, type_: Any) -> str:
    if type_.id in _NESTED:
        return f"CAST({place} AS {_with_texts(type_)})"
    if type_.id == "union":
        return _union_text(place, type_)
    if type_.id == "interval":
        changed = f"datepart('year', {place}) <> 0 OR datepart('month', {place}) <> 0"
    elif _NANO in str(type_.id):
        infinite = f"isinf({place}) OR " if type_.id == "timestamp_ns" else ""
        changed = f"{infinite}nanosecond({place}) % 1000 <> 0"
    else:
        changed = f"isinf({place})"
    return f"CASE WHEN {changed} THEN CAST({place} AS VARCHAR) END"


def _union_text(place: str, type_: Any) -> str:
    """The text of the member that a union holds, if the driver changes it; NULL for the others."""
    members = [(name, one) for name, one in type_.children if name and _holds_times(one)]
    texts = (
        _text(f"union_extract({place}, '{name.replace(chr(39), chr(39) * 2)}')", one) for name, one in members
    )
    return f"COALESCE({', '.join(f'CAST({text} AS VARCHAR)' for text in texts)})"


def _with_texts(type_: Any) -> str:
    """The type with VARCHAR for dates, times and intervals inside it."""
    if not _holds_times(type_):
        return str(type_)
    if type_.id not in _NESTED:  # also a union inside
        return "VARCHAR"
    parts = dict(type_.children)
    if type_.id == "map":
        return f"MAP({_with_texts(parts['key'])}, {_with_texts(parts['value'])})"
    if type_.id == "struct":
        fields = (f"{quote_name(name, 'duckdb')} {_with_texts(one)}" for name, one in type_.children)
        return f"STRUCT({', '.join(fields)})"
    return f"{_with_texts(parts['child'])}[{parts.get('size', '')}]"
