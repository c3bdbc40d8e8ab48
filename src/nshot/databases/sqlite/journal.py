"""Read a file that a crashed writer left unfinished, without touching it; runs in the child
process.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nshot.databases.sqlite.file import MOST_COPIED, UnusableFileError

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

_SEVERAL_FILES: Final = bytes.fromhex("d9d505f920a163d7")
"""The end of a journal that names a journal of several files. SQLite would delete that file
afterwards.
"""


def copy_rolled_back(path: str) -> sqlite3.Connection:
    """A connection to a copy of the file, with the unfinished transaction of its journal taken
    back.

    The copy has no name any more when this returns: it goes away with the connection.

    Raises:
        UnusableFileError: The file is too large to copy, or changed meanwhile, or the journal
            belongs to several files.
    """
    journal = Path(f"{path}-journal")
    size = Path(path).stat().st_size + journal.stat().st_size
    if size > MOST_COPIED:
        raise UnusableFileError(f"a journal is left beside it, and {size:,} bytes are too many to copy")
    with journal.open("rb") as stream:
        stream.seek(-min(len(_SEVERAL_FILES), journal.stat().st_size), os.SEEK_END)
        if stream.read() == _SEVERAL_FILES:
            raise UnusableFileError("the journal that is left beside it belongs to several files")
    return _copy(path, "-journal", "SELECT 1 FROM sqlite_master LIMIT 1")


def copy_with_log(path: str) -> sqlite3.Connection:
    """A connection to a copy of the file, with all transactions of its write-ahead log.

    The copy has no name any more when this returns.

    Raises:
        UnusableFileError: A file changed while it was copied.
    """
    return _copy(path, "-wal", "PRAGMA journal_mode = DELETE")


def _copy(path: str, suffix: str, finish: str) -> sqlite3.Connection:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="nshot-"))
    try:
        copy, before = folder / "copy.sqlite", _states(path, suffix)
        shutil.copyfile(path, copy)
        shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
        if _states(path, suffix) != before:
            raise UnusableFileError("it changed while it was copied")
        connection = sqlite3.connect(copy, isolation_level=None, cached_statements=0)
        with _limit_growth(MOST_COPIED):
            connection.execute(finish).fetchall()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return connection


def _states(path: str, suffix: str) -> list[tuple[int, int]]:
    found = (Path(name).stat() for name in (path, f"{path}{suffix}"))
    return [(one.st_size, one.st_mtime_ns) for one in found]


@contextlib.contextmanager
def _limit_growth(size: int) -> Iterator[None]:
    """Prevent files from growing beyond this size in bytes (POSIX only), whatever a journal or log
    says.
    """
    if resource is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
