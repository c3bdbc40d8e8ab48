"""A lock that allows a single writer for a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.artifacts.atomic import make_folder
from nshot.errors import DataError, NshotError

if TYPE_CHECKING:
    from filelock import BaseFileLock


def _make_lock(path: Path) -> BaseFileLock:
    """A lock in a file, which is not yet held.

    Raises:
        DataError: The file has content: it is somebody else's, such as the list of packages in
            `uv.lock`, and taking the lock would empty it.
    """
    from filelock import FileLock

    if path.exists() and (not path.is_file() or path.stat().st_size):
        raise DataError(f"{path} exists and is not a lock of nshot; name another place for the output")
    return FileLock(path)


@contextmanager
def hold_lock(path: Path, problem: NshotError) -> Iterator[None]:
    """Inside, no other process holds this lock.

    Args:
        path: The file of the lock.
        problem: Raised if another process holds it.

    Raises:
        DataError: The file is somebody else's.
    """
    from filelock import Timeout

    lock = _make_lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise problem from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def hold_file(path: Path, other: str) -> Iterator[None]:
    """Inside, no other process writes to the file: `<path>.lock` is held. Its folder is made if
    needed.

    Args:
        path: The file.
        other: What the user may choose instead of it: "another file", "another folder".

    Raises:
        DataError: Another process has it.
    """
    make_folder(path.parent)
    problem = DataError(f"another process is writing to {path}; wait for it or choose {other}")
    with hold_lock(path.with_name(f"{path.name}.lock"), problem):
        yield
