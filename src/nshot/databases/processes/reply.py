"""From a reply of the sandbox's child process to rows, or to the error that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from nshot.databases.processes.messages import Reply
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
from nshot.types import Rows

_ERRORS: Final[dict[str, type[SqlError]]] = {
    "refused": SqlRefusedError,
    "denied": SqlRefusedError,
    "timeout": SqlTimeoutError,
    "too large": SqlTooLargeError,
    "error": SqlExecutionError,
}


def rows_of(reply: Reply, path: Path, cure: Callable[[str], str]) -> Rows:
    """The rows of a reply; raises the error if the reply is one.

    Args:
        reply: Of a child process.
        path: The database file.
        cure: What to do about a file that cannot be read, by the reason.

    Raises:
        SqlError: The statement was refused, failed, or passed a limit.
        DataError: The file is missing or cannot be read.
    """
    if reply.kind != "rows":
        raise _error(reply, path, cure)
    return Rows(reply.columns, reply.rows, reply.truncated, reply.seconds)


def _error(reply: Reply, path: Path, cure: Callable[[str], str]) -> NshotError:
    kind, message = reply.kind, reply.message
    if kind == "missing":
        return DatabaseNotFoundError(message)
    if kind == "database":
        return DataError(f"cannot read the database {path}: {message}; {cure(message)}")
    if kind == "refused":
        message = f"refused: {message} is not allowed, only reading by one SELECT, WITH or VALUES"
    elif kind == "denied":
        message = f"refused: {message}"
    elif kind == "timeout":
        locked = "locked" in message or "busy" in message
        message = "stopped at the deadline" + (": another program holds a lock" if locked else "")
    return _ERRORS[kind](message)
