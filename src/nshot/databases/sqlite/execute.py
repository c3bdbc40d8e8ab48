"""Run one statement on a SQLite file in the sandbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from nshot.databases.backend import Kept, Limits
from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import DISTINCT, Reply, Request
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    NshotError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.sql import scan, strip_semicolons
from nshot.types import Rows

_MAX_BYTES: Final = 64 << 20
"""Size of the values read together, and of the largest one."""

_ERRORS: Final[dict[str, type[SqlError]]] = {
    "refused": SqlRefusedError,
    "timeout": SqlTimeoutError,
    "too large": SqlTooLargeError,
    "error": SqlExecutionError,
}


def execute_sqlite(path: Path, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
    """The rows of one SELECT on a SQLite file; see `nshot.databases.backend.Backend.execute`."""
    timeout, max_bytes, text_errors = limits.timeout, limits.max_bytes, limits.text_errors
    keep = kept is not None and not kept.once
    text = sql if keep else _one_statement(sql)
    request = Request(absolute(path), text, timeout, limits.max_rows, max_bytes, text_errors, keep=keep)
    if kept is None:
        return rows_of(sandbox.run(request), path)
    return rows_of(kept.get("sqlite", sandbox.WorkerSession).run(request), path)


def read_distinct(session: sandbox.WorkerSession, path: Path, sql: str, seconds: float) -> Rows:
    """The distinct values of each column of a SELECT written by nshot, in order of first
    occurrence.

    Texts are returned as bytes. Columns with fewer values are filled up with NULLs.
    """
    request = Request(absolute(path), sql, seconds, None, _MAX_BYTES, "strict", keep=True, work=DISTINCT)
    return rows_of(session.run(request), path)


def rows_of(reply: Reply, path: Path) -> Rows:
    """The rows of a reply; raises the error if the reply is one."""
    if reply.kind != "rows":
        raise _error(reply, path)
    return Rows(reply.columns, reply.rows, reply.truncated, reply.seconds)


def absolute(path: Path) -> str:
    return os.fspath(path.absolute())


def _one_statement(sql: str) -> str:
    """`sql` without semicolons and comments at its end; a second statement is left for SQLite to
    reject.
    """
    tokens = scan(sql)
    kept = len(strip_semicolons(tokens))
    return sql[: tokens[kept].start] if kept < len(tokens) else sql


def _error(reply: Reply, path: Path) -> NshotError:
    """The error that a reply without rows represents."""
    kind, message = reply.kind, reply.message
    if kind == "missing":
        return DatabaseNotFoundError(message)
    if kind == "database":
        return DataError(_unreadable(path, message))
    if kind == "refused":
        message = f"refused: {message} is not allowed, only reading by one SELECT, WITH or VALUES"
    elif kind == "timeout":
        locked = "locked" in message or "busy" in message
        message = "stopped at the deadline" + (": another program holds a lock" if locked else "")
    return _ERRORS[kind](message)


def _unreadable(path: Path, reason: str) -> str:
    cure = ""
    if "readonly" in reason or "unable to open" in reason:
        cure = "; a writer may have left it unfinished: open it once with the program that writes it"
    return f"cannot read the database {path}: {reason}{cure}"
