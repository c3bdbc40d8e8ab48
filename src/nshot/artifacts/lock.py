"""A lock that allows a single writer for a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nshot.errors import DataError


@contextmanager
def hold_file(path: Path, other: str) -> Iterator[None]:
    """Inside, no other process writes to the file: `<path>.lock` is held. Its folder is made if needed.

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
    try:
        yield
    finally:
        lock.release()
