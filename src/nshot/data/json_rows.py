"""Rows of JSON values, in the layouts that programs write tables in.

A list of objects is the usual one. pandas writes columns (`{"question": {"0": ...}}`, or lists), or
`columns` beside `data`; a server of data sets wraps its rows (`{"rows": [{"row": {...}}]}`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class DoubledKey(dict[str, Any]):
    """An object of which a key occurs twice; `key` is the first one that does."""

    key = ""


def load(text: str) -> Any:
    """The JSON value of a text; objects with a doubled key are `DoubledKey`.

    Raises:
        ValueError: It is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def load_several(text: str) -> list[Any]:
    """The JSON values of a text one after the other, such as objects over several lines each.

    Raises:
        ValueError: As `load`.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    values = []
    at = 0
    try:
        while at < len(text):
            if text[at].isspace():
                at += 1
                continue
            value, at = decoder.raw_decode(text, at)
            values.append(value)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    return values


def rows_of(whole: Any) -> list[Any] | None:
    """The rows of a table written as one JSON value; None if it is none.

    >>> rows_of({"question": ["How many?"], "sql": ["SELECT 1"]})
    [{'question': 'How many?', 'sql': 'SELECT 1'}]
    >>> rows_of([["question", "sql"], ["How many?", "SELECT 1"]])
    [{'question': 'How many?', 'sql': 'SELECT 1'}]
    """
    if isinstance(whole, list):
        return _from_lists(whole) or whole
    if not isinstance(whole, dict) or not whole:
        return None
    if isinstance(whole.get("columns"), list) and isinstance(whole.get("data"), list):
        return _from_lists([whole["columns"], *whole["data"]])
    lists = [value for value in whole.values() if isinstance(value, list) and value and _are_objects(value)]
    if len(lists) == 1:
        inner = [one.get("row", one) for one in lists[0]]
        return inner if _are_objects(inner) else lists[0]
    return _from_columns(whole)


def _are_objects(values: Sequence[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _from_lists(rows: Sequence[Any]) -> list[Any] | None:
    """Rows of lists, of which the first holds the names."""
    if not rows or not all(isinstance(row, list) for row in rows):
        return None
    names = rows[0]
    if not names or not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return [dict(zip(names, row, strict=True)) if len(row) == len(names) else row for row in rows[1:]]


def _from_columns(whole: Mapping[str, Any]) -> list[Any] | None:
    """Columns as lists of one length, or as objects of one set of keys; rows by such keys."""
    columns = list(whole.values())
    if all(isinstance(column, list) for column in columns):
        if len({len(column) for column in columns}) == 1 and not all(map(_are_objects, columns)):
            return [dict(zip(whole, cells, strict=True)) for cells in zip(*columns, strict=True)]
        return None
    if not all(isinstance(column, dict) for column in columns):
        return None
    if all(key.isdecimal() for key in whole):
        return columns
    keys = list(columns[0])
    if keys and all(key.isdecimal() for key in keys) and all(list(column) == keys for column in columns):
        return [{name: column[key] for name, column in whole.items()} for key in keys]
    return None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    found = DoubledKey(pairs)
    names = [name for name, _ in pairs]
    found.key = next(name for name in names if names.count(name) > 1)
    return found


def number_values(values: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The values with their numbers from 1."""
    return iter(enumerate(values, start=1))
