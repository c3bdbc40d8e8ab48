"""The state and the content of a database that is one file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from nshot.databases.backend import FileState
from nshot.errors import DataError, FileMissingError

MOST_HASHED: Final = 8 << 30
"""Bytes; a larger file, perhaps with holes of terabytes, is told by its size and time."""


def read_state(file: Path, log: str) -> FileState | None:
    """The state of the file; None if there is a write-ahead log, which has a part of the content.

    Args:
        file: The database.
        log: What the log's name has after that of the file.

    Raises:
        DataError: There is no such file, or it is a pipe or a device.
    """
    if not file.is_file():
        raise FileMissingError("database", file)
    try:
        real = file.resolve()  # a log is beside the file that a link names
        if real.with_name(f"{real.name}{log}").exists():
            return None
        found = file.stat()
    except OSError as error:
        raise DataError(f"cannot read the database {file}: {error.strerror or error}") from error
    return FileState(found.st_size, found.st_mtime_ns)


def read_version(file: Path, log: str) -> str | None:
    """A text that changes when rows are written; None if there is a log.

    Raises:
        DataError: The file cannot be read.
    """
    state = read_state(file, log)
    return None if state is None else read_content(file, log) or f"{state.size} {state.modified}"


def read_content(file: Path, log: str) -> str | None:
    """A hash of the file; None if there is a log, or the file is larger than `MOST_HASHED`.

    Raises:
        DataError: The file cannot be read.
    """
    state = read_state(file, log)
    if state is None or state.size > MOST_HASHED:
        return None
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot read the database {file}: {error.strerror or error}") from error
