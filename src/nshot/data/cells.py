"""Read a field of a row as text or as tags, or give the reason why that is impossible."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID


class BadField(ValueError):
    """A field of a row cannot be used; the message is the reason."""


def text_field(fields: Mapping[str, Any], columns: Mapping[str, str], role: str, *, required: bool) -> str:
    """The field's text, unchanged; empty if it is absent and not required.

    Raises:
        BadField: It is missing, blank, not text, or cannot be encoded as UTF-8.
    """
    column = columns.get(role)
    value = _plain(fields.get(column), role) if column is not None else ""
    name = column if column in (role, None) else f"{role} (column {column!r})"
    if not isinstance(value, str):
        raise BadField(f"{name or role}: expected text, got {type(value).__name__} {str(value)[:40]!r}")
    if required and not value.strip():
        raise BadField(
            f"{name or role} is {'missing' if column is None or column not in fields else 'empty'}"
        )
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise BadField(
                f"{name or role} holds half a surrogate pair at character {error.start}"
            ) from error
    return value


_MAY_BE_NUMBERS = frozenset(("id", "db_id", "difficulty"))
"""Roles whose texts some files hold as numbers."""


def _plain(value: Any, role: str) -> Any:
    """The value with nothing written as null or NaN, and whole numbers as text where they are
    names.

    >>> _plain(7.0, "id"), _plain(float("nan"), "question")
    ('7', '')
    """
    if value is None or value != value:  # NaN is not itself
        return ""
    if role in _MAY_BE_NUMBERS and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        if isinstance(value, int):
            return str(value)
        return str(int(value)) if math.isfinite(value) and value == int(value) else value
    return str(value) if isinstance(value, UUID) else value


def tags_field(fields: Mapping[str, Any], columns: Mapping[str, str]) -> tuple[str, ...]:
    """Tags from a list of texts or from comma-separated text.

    >>> tags_field({"tags": "join, top-n"}, {"tags": "tags"})
    ('join', 'top-n')

    Raises:
        BadField: The value is neither.
    """
    value = _plain(fields.get(columns["tags"]), "tags") if "tags" in columns else None
    parts = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadField(f"tags: expected a list of texts or comma-separated text, got {value!r}")
    return tuple(part.strip() for part in parts if part.strip())


def take_id(lines: dict[str, int], id_: str, line: int) -> None:
    """Register the id of the row on this line.

    Raises:
        BadField: An earlier line has the same id.
    """
    first = lines.setdefault(id_, line)
    if first != line:
        raise BadField(f"id {id_!r} is already that of line {first}")
