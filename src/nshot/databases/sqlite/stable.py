"""Decide which statements return the same rows as long as a SQLite file is unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nshot.databases.backend import Limits
from nshot.databases.sqlite.execute import execute_sqlite
from nshot.errors import DataError, SqlError

_CHANGING: Final = re.compile(
    r"random|now|current_|changes|last_insert_rowid|(?:date|time|julianday|unixepoch|timediff)\s*\(",
    re.IGNORECASE,
)
"""SQL whose result may differ from run to run. All date functions count, because `now` may be
computed.
"""

_VIEWS: Final = (
    "SELECT name, coalesce(sql, '') FROM sqlite_master"
    " WHERE type = 'view' AND typeof(name) = 'text' AND typeof(sql) <> 'blob'"
)


def find_changing_views(path: Path) -> frozenset[str]:
    """Views whose rows may change by themselves, because they or views they read use the clock or
    chance.

    Raises:
        DataError: The file cannot be read as a database.
    """
    try:
        found = execute_sqlite(path, _VIEWS, Limits(max_rows=None))
    except SqlError as error:
        raise DataError(f"cannot read the views of {path}: {error}") from error
    return _spread(dict(found.rows))


def is_stable(sql: str, changing: Iterable[str]) -> bool:
    """Whether the rows of a statement depend on the file alone.

    >>> is_stable("SELECT * FROM recent_orders", ["recent_orders"]), is_stable("SELECT date('now')", [])
    (False, False)
    """
    return not _CHANGING.search(sql) and not any(_mentions(sql, name) for name in changing)


def _spread(views: Mapping[str, str]) -> frozenset[str]:
    changing: frozenset[str] = frozenset()
    while True:
        found = frozenset(name for name, sql in views.items() if not is_stable(sql, changing - {name}))
        if found <= changing:
            return changing
        changing |= found


def _mentions(sql: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.IGNORECASE) is not None
