"""SQLite files: opened for reading only, and one statement run on them in the sandbox."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final, NamedTuple

from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.sql import sandbox
from nshot.sql.tokens import scan, strip_semicolons
from nshot.sql.worker import Reply, Request
from nshot.types import Rows

_MAGIC: Final = b"SQLite format 3\x00"
_WAL: Final = 2
"""Byte 19 of the file when its journal is a write-ahead log."""

_BUSY_SECONDS: Final = 5.0
_ATTEMPTS: Final = 3

_STATEMENTS: Final = frozenset(
    """alter analyze attach begin commit create delete detach drop end explain grant insert load merge pragma
    reindex release replace revoke rollback savepoint set truncate update upsert use vacuum""".split()
)
_ERRORS: Final[dict[str, type[SqlError]]] = {
    "refused": SqlRefusedError,
    "timeout": SqlTimeoutError,
    "too large": SqlTooLargeError,
    "error": SqlExecutionError,
}


class _File(NamedTuple):
    """How a database file is opened, and what it looked like then."""

    uri: str
    immutable: bool
    state: tuple[object, ...]


def execute_sqlite(
    path: Path, sql: str, *, timeout: float, max_rows: int | None, max_bytes: int, text_errors: str
) -> Rows:
    """The rows of one SELECT on a SQLite file; see `nshot.sql.execute`."""
    sql = _one_statement(sql)
    for attempt in range(_ATTEMPTS):
        file = _inspect(path, live=attempt == _ATTEMPTS - 1)
        reply = sandbox.run(Request(file.uri, sql, timeout, max_rows, max_bytes, text_errors))
        if not file.immutable or _state(path.resolve()) == file.state:
            return _rows(reply, path)
    return _rows(reply, path)


def open_readonly(path: Path) -> sqlite3.Connection:
    """A connection that can read the file and cannot write to it, for SQL of our own making.

    Text that is not UTF-8 comes with U+FFFD in place of the bad bytes. What a model wrote goes
    through `execute`, never through this.

    Raises:
        DatabaseNotFoundError: There is no such file.
        DataError: It is not a SQLite database.
    """
    file = _inspect(path)
    connection = sqlite3.connect(file.uri, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error as error:
        connection.close()
        raise DataError(_unreadable(path, str(error))) from error
    return connection


def _inspect(path: Path, *, live: bool = False) -> _File:
    """How to open the file without writing beside it.

    A file in rollback-journal mode is opened with `mode=ro` and SQLite's own locks. So is one with a
    write-ahead log that holds pages. A file in WAL mode whose log is absent or empty is complete in
    itself, and SQLite would create the log's files to read it: it is read as immutable, and read again
    if it changed meanwhile (`live` then leaves it to SQLite).
    """
    try:
        real = path.resolve(strict=True)
        mode = real.stat().st_mode
        if stat.S_ISDIR(mode):
            raise DatabaseNotFoundError(f"expected a SQLite file, got a folder: {path}")
        if not stat.S_ISREG(mode):
            raise DatabaseNotFoundError(f"expected a SQLite file, got a device, pipe or socket: {path}")
        with real.open("rb") as file:
            header = file.read(100)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DatabaseNotFoundError(f"no database file at {path}") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise DataError(f"cannot read the database file {path}: {error}") from error
    if header[:16] != _MAGIC:
        what = "it is empty" if not header else "it is not a SQLite 3 file, or it is encrypted"
        raise DataError(f"cannot use {path} as a database: {what}")
    state = _state(real)
    immutable = header[19] == _WAL and not state[-1] and not live
    uri = f"{real.as_uri()}?mode=ro" + ("&immutable=1" if immutable else "")
    return _File(uri, immutable, state)


def _state(real: Path) -> tuple[object, ...]:
    """What changes when somebody writes: the file's identity, size and time, the log's size last."""
    found = real.stat()
    try:
        log = Path(f"{os.fspath(real)}-wal").stat().st_size
    except OSError:
        log = 0
    return found.st_ino, found.st_size, found.st_mtime_ns, log


def _one_statement(sql: str) -> str:
    """`sql` without semicolons and comments behind it.

    What is no query is refused by its first word, so that the message can name it; the gate itself is
    the sandbox's authorizer.
    """
    tokens = scan(sql)
    kept = strip_semicolons(tokens)
    if not kept:
        raise SqlRefusedError("refused: the text holds no statement")
    if kept[0].text in _STATEMENTS:
        raise SqlRefusedError(f"refused: {kept[0].text.upper()} is not allowed, only SELECT, WITH or VALUES")
    return sql[: tokens[len(kept)].start] if len(kept) < len(tokens) else sql


def _rows(reply: Reply, path: Path) -> Rows:
    if reply.kind == "rows":
        return Rows(reply.columns, reply.rows, reply.truncated, reply.seconds)
    if reply.kind == "database":
        raise DataError(_unreadable(path, reply.message))
    message = reply.message
    if reply.kind == "refused":
        message = f"refused: {message} is not allowed, only reading by one SELECT, WITH or VALUES"
    elif reply.kind == "timeout":
        locked = "locked" in message or "busy" in message
        message = "stopped at the deadline" + (": another program holds a lock" if locked else "")
    raise _ERRORS[reply.kind](message)


def _unreadable(path: Path, reason: str) -> str:
    cure = ""
    if "readonly" in reason or "unable to open" in reason:
        cure = "; a writer may have left it unfinished: open it once with the program that writes it"
    return f"cannot read the database {path}: {reason}{cure}"
