"""How to open a SQLite file so that reading leaves no trace; runs in the sandbox's child process."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = b"SQLite format 3\x00"
_JOURNAL: Final = 19
_WAL: Final = 2
"""Value of the byte at offset 19 of a file whose journal is a write-ahead log."""


class MissingFileError(Exception):
    """There is no such file."""


class UnusableFileError(Exception):
    """The file cannot be used as a database."""


class File(NamedTuple):
    """How a database file is opened, and its state at that time."""

    uri: str
    immutable: bool
    state: tuple[int, ...]

    @property
    def size(self) -> int:
        """Size of the file itself, in bytes."""
        return self.state[1]


def inspect(path: str, *, live: bool = False) -> File:
    """Decide how to open a database file without writing files beside it.

    A file in rollback-journal mode is opened with `mode=ro` and SQLite's own locks, and so is a file whose
    write-ahead log contains pages. If a file is in WAL mode but its log is missing or empty, the file is
    complete, and SQLite would create the log's files to read it. Such a file is opened as immutable, and is
    read again if it changed meanwhile (with `live`, SQLite's locks are used instead).

    The header is read in the child and not in the parent: closing a file releases all POSIX locks that the
    process has on it, including those of the parent's own database connections.

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
        state = _state(real)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingFileError(f"no database file at {path}") from error
    except (OSError, ValueError, RuntimeError) as error:
        raise UnusableFileError(str(error)) from error
    if header[:16] != _MAGIC:
        what = "it is not a SQLite 3 file, or it is encrypted" if header else "it is empty"
        raise UnusableFileError(f"{what}; expected a SQLite 3 database")
    immutable = len(header) > _JOURNAL and header[_JOURNAL] == _WAL and not state[-1] and not live
    return File(f"{real.as_uri()}?mode=ro" + ("&immutable=1" if immutable else ""), immutable, state)


def _state(real: Path) -> tuple[int, ...]:
    """The file's identity, size and time, and the log's size: values that change when the file is written."""
    found = real.stat()
    log = Path(f"{real}-wal")
    return found.st_ino, found.st_size, found.st_mtime_ns, log.stat().st_size if log.exists() else 0
