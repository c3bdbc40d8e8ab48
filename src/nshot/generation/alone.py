"""One writer for a file that is appended to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nshot.errors import DataError

if TYPE_CHECKING:
    from filelock import BaseFileLock


def alone(path: Path, other: str) -> BaseFileLock:
    """The lock of the file, `<path>.lock`, taken; its folder is made if needed.

    Args:
        path: The file.
        other: What the user may choose instead of it: "another file", "another folder".

    Raises:
        DataError: Another process has it.
    """
    from filelock import FileLock, Timeout

    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DataError(f"another process is writing to {path}; wait for it or choose {other}") from error
    return lock
