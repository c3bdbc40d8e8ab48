"""How to open a SQLite file so that reading leaves no trace; runs in the sandbox's child
process."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = b"SQLite format 3\x00"
_JOURNAL: Final = 19
_WAL: Final = 2
"""Value of the byte at offset 19 of a file whose journal is a write-ahead log."""

MOST_COPIED: Final = 1 << 30
"""Bytes of a file and its log or journal that are copied, at most."""


class MissingFileError(Exception):
    """There is no such file."""


class UnusableFileError(Exception):
    """The file cannot be used as a database."""


class File(NamedTuple):
    """How a database file is opened, and its state at that time."""

    path: str
    """Absolute, without links."""
    uri: str
    unlocked: bool
    """Read without locks: what was read counts only if the state is the same afterwards."""
    copied: bool
    """A copy of the file and its log is read."""
    state: tuple[int, ...]

    @property
    def size(self) -> int:
        """Size of the file itself, in bytes."""
        return self.state[1]

    @property
    def log(self) -> int:
        """Size of the write-ahead log, in bytes."""
        return self.state[-1]


def inspect(path: str, *, live: bool = False) -> File:
    """Decide how to open a database file without writing files beside it.

    A file in rollback-journal mode is opened with `mode=ro` and SQLite's own locks. If it is in WAL
    mode, or has a log beside it, that depends on the files there (with `live`, SQLite's locks are
    used in any case):

    - No log, or an empty one: the file is complete, and SQLite would create the log's files to read
      it. It is opened as immutable.
    - A log without its index (`-shm`): no program has the file open, as one that crashed or copied
      it left it so. SQLite would write the index, and delete a log that has nothing new, so a copy
      of both is read.
    - Both: another program may use them at this time; SQLite reads as one more user.

    The header is read in the child and not in the parent: closing a file releases all POSIX locks
    that the process has on it, including those of the parent's own database connections.

    Raises:
        MissingFileError: There is no file at `path`, or it is not a regular file.
        UnusableFileError: It cannot be read, or it is not a SQLite 3 database.
    """
    try:
        real = Path(path).resolve(strict=True)
        mode = real.stat().st_mode
        if stat.S_ISDIR(mode):
            raise MissingFileError(f"expected a SQLite file, got a folder: {path}")
        if not stat.S_ISREG(mode):
            raise MissingFileError(f"expected a SQLite file, got a device, pipe or socket: {path}")
        with real.open("rb") as file:
            header = file.read(100)
        _refuse_pipes(real)
        state, has_log, has_index = _state(real), Path(f"{real}-wal").exists(), Path(f"{real}-shm").exists()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"no database file at {path}") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise UnusableFileError(str(error)) from error
    if header[:16] != _MAGIC:
        what = "it is not a SQLite 3 file, or it is encrypted" if header else "it is empty"
        if header[8:12] == b"DUCK":
            what = "it is a file of DuckDB (name it .duckdb, or write duckdb:///FILE)"
        raise UnusableFileError(f"{what}; expected a SQLite 3 database")
    in_wal = (has_log or (len(header) > _JOURNAL and header[_JOURNAL] == _WAL)) and not live
    journal = Path(f"{real}-journal")  # an immutable file would be read without looking at it
    immutable = in_wal and not state[-1] and not (journal.exists() and journal.stat().st_size)
    copied = in_wal and bool(state[-1]) and not has_index and state[1] + state[-1] <= MOST_COPIED
    uri = f"{real.as_uri()}?mode=ro" + ("&immutable=1" if immutable else "")
    return File(os.fspath(real), uri, immutable or copied, copied, state)


def _refuse_pipes(real: Path) -> None:
    """SQLite would wait for ever on a pipe or a device in the place of a journal."""
    for suffix in ("-journal", "-wal", "-shm"):
        beside = Path(f"{real}{suffix}")
        if beside.exists() and not (beside.is_file() or beside.is_dir()):
            raise UnusableFileError(f"{beside.name} beside it is a pipe or a device")


def _state(real: Path) -> tuple[int, ...]:
    """The file's identity, size and time, and the log's size: values that change when the file is
    written.
    """
    found = real.stat()
    log = Path(f"{real}-wal")
    return found.st_ino, found.st_size, found.st_mtime_ns, log.stat().st_size if log.exists() else 0
