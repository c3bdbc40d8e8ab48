"""SQLite's `printf` and `format` with a limit on the size of what they return."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import Any, Final

MENTIONED: Final = re.compile("printf|format", re.IGNORECASE)
"""SQL that calls the functions itself matches this pattern."""

_DIRECTIVE: Final = re.compile(
    r"%[-+ 0,#!]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+)?)?l*(?P<letter>.?)", re.DOTALL
)


def guard_printf(connection: sqlite3.Connection, limit: int, oversized: list[str]) -> None:
    """Check widths and precisions before calls of SQLite's `printf` and `format`.

    SQLite spends seconds on `printf('%.*c', 1000000000, 'x')` and then returns NULL. Views may call
    the guarded function, because the schema is trusted; dangerous functions stay denied inside
    views.
    """

    def printf(*values: Any) -> Any:
        if not values or values[0] is None:
            return None
        if _widest(str(values[0]), values[1:]) > limit:
            oversized.append(f"a value of printf is larger than {limit:,} bytes")
            raise ValueError(oversized[0])
        marks = ", ".join("?" * len(values))
        with contextlib.closing(sqlite3.connect(":memory:")) as plain:
            plain.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
            return plain.execute(f"SELECT printf({marks})", values).fetchone()[0]

    for name in ("printf", "format"):
        connection.create_function(name, -1, printf, deterministic=True)


def _widest(template: str, arguments: tuple[Any, ...]) -> float:
    """The largest width or precision in a printf template, in characters."""
    widest, position = 0.0, 0
    for match in _DIRECTIVE.finditer(template):
        for size in match.group("width", "precision"):
            if size == "*":
                argument = arguments[position] if position < len(arguments) else 0
                widest = max(widest, _size(argument))
                position += 1
            elif size:
                widest = max(widest, _size(size))
        position += match.group("letter") not in ("%", "n", "")
    return widest


def _size(value: Any) -> float:
    try:
        return abs(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0.0
