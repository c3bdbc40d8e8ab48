"""List and describe the tables and views of a file; runs in the sandbox's child process."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from typing import Any, Final

from nshot.databases.sqlite.file import UnusableFileError
from nshot.databases.sqlite.names import quote

MOST_NAMES: Final = 100_000
"""Tables and views that are listed."""
MOST_FIELDS: Final = 100_000
"""Columns of tables after which a reply ends; the parent asks again for the rest."""
MOST_CHARACTERS: Final = 8 << 20
"""Of the names in one reply, and of the names and types of columns."""

_VIRTUAL: Final = 2
"""Mark of a generated column whose values are not stored."""
_MODULE: Final = re.compile(
    r"""CREATE\s+VIRTUAL\s+TABLE\s.*?\bUSING\s+["'`\[]?(\w+)""", re.IGNORECASE | re.DOTALL
)
_FULL_TEXT: Final = ("content", "docsize", "segdir", "segments", "stat")
_TREE: Final = ("node", "parent", "rowid")
_SHADOWS: Final = {
    "fts3": _FULL_TEXT,
    "fts4": _FULL_TEXT,
    "fts5": ("config", "content", "data", "docsize", "idx"),
    "rtree": _TREE,
    "rtree_i32": _TREE,
    "geopoly": _TREE,
}
"""Ends of the names of shadow tables, by the modules that SQLite has itself."""

Row = tuple[Any, ...]


def list_names(connection: sqlite3.Connection) -> tuple[Row, ...]:
    """`(name, is_view, is_shadow, is_virtual)` in the order of their creation, tables first.

    A name that is no text (a BLOB, NULL) is returned as it is. Shadow tables are found by their
    names: `PRAGMA table_list` would compile all views for it.

    Raises:
        UnusableFileError: There are too many, their names are too long, or none can be read.
    """
    strange, known = connection.execute(
        "SELECT count(*), total(type IN ('table', 'view', 'index', 'trigger')) FROM sqlite_master"
    ).fetchone()
    if strange and not known:
        raise UnusableFileError(
            "its list of tables cannot be read: the text encoding in its header is wrong, or it is damaged"
        )
    count, characters = connection.execute(
        "SELECT count(*), total(length(name)) FROM sqlite_master WHERE type IN ('table', 'view')"
    ).fetchone()
    if count > MOST_NAMES or characters > MOST_CHARACTERS:
        raise UnusableFileError(f"it has {count:,} tables and views, at most {MOST_NAMES:,} are read")
    found = connection.execute(
        "SELECT name, type = 'view', CASE WHEN type = 'table' AND rootpage = 0 THEN sql END"
        " FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY type, rowid"
    ).fetchall()
    shadows = {shadow for name, _, sql in found if sql is not None for shadow in _shadows(name, sql)}
    return tuple(
        (name, bool(is_view), _fold(name) in shadows, sql is not None) for name, is_view, sql in found
    )


def _shadows(name: Any, sql: Any) -> Iterator[str]:
    """The tables that a virtual table keeps its content in."""
    module = _MODULE.match(sql) if isinstance(sql, str) else None
    for suffix in _SHADOWS.get(module[1].lower(), ()) if module else ():
        yield f"{_fold(name)}_{suffix}"


def _fold(name: Any) -> str:
    return str(name).lower()


def describe_all(
    connection: sqlite3.Connection, arguments: tuple[tuple[str, bool], ...], timeout: float
) -> tuple[Row, ...]:
    """`(name, reason, columns, keys, unread)` for each `(name, has_rows)`, until the time is half
    gone.

    At least one is described. `reason` says why a table cannot be read, and `unread` why its
    virtual generated columns cannot; both are empty if they can. A column is `(name, type, place in
    the primary key, hidden)`, a key `(id, place, ref_table, column, ref_column)`.
    """
    deadline = time.monotonic() + timeout / 2
    found: list[Row] = []
    fields = characters = 0
    for name, has_rows in arguments:
        found.append(_describe(connection, name, has_rows))
        fields += len(found[-1][2])
        characters += sum(len(column[0]) + len(column[1]) for column in found[-1][2])
        if time.monotonic() > deadline or fields > MOST_FIELDS or characters > MOST_CHARACTERS:
            break
    return tuple(found)


def _describe(connection: sqlite3.Connection, name: str, has_rows: bool) -> Row:
    quoted = quote(name)
    try:
        rows = connection.execute(f"PRAGMA table_xinfo({quoted})").fetchall()
        keys = connection.execute(f"PRAGMA foreign_key_list({quoted})").fetchall()
        if has_rows and rows:  # notices a table whose first pages are damaged
            connection.execute(f"SELECT 1 FROM {quoted} LIMIT 1").fetchall()  # noqa: S608
    except UnicodeDecodeError as error:
        return name, str(error), (), (), ""
    except MemoryError:
        return name, "its definition needs too much memory", (), (), ""
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        return name, str(error), (), (), ""
    columns = tuple((str(row[1]), str(row[2] or ""), row[5], row[6]) for row in rows)
    virtual = any(row[6] == _VIRTUAL for row in rows)
    unread = _find_refusal(connection, name) if virtual else ""
    return name, "", columns, tuple(tuple(row[:5]) for row in keys), unread


def _find_refusal(connection: sqlite3.Connection, name: str) -> str:
    """Why SQLite refuses the definition of a table; empty if it does not.

    A refused definition is passed over (`read_definitions`), but its generated columns are NULL
    then.
    """
    if not connection.execute("PRAGMA writable_schema").fetchone()[0]:
        return ""
    sql = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
    (definition,) = connection.execute(sql, (name,)).fetchone()
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        try:
            empty.execute(definition)
        except sqlite3.Error as error:
            return str(error)
    return ""
