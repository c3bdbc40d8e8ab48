"""How a SQLite file is to be opened, so that reading it leaves no trace. Runs in the sandbox's child."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final, NamedTuple

_MAGIC: Final = b"SQLite format 3\x00"
_JOURNAL: Final = 19
_WAL: Final = 2
"""The byte at offset 19 of a file whose journal is a write-ahead log."""


class MissingFileError(Exception):
    """There is no such file."""


class UnusableFileError(Exception):
    """The file cannot be used as a database."""


class File(NamedTuple):
    """How a database file is opened, and what it looked like then."""

    uri: str
    immutable: bool
    state: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of the file itself."""
        return self.state[1]


def inspect(path: str, *, live: bool = False) -> File:
    """How to open a database file without writing beside it.

    A file in rollback-journal mode is opened with `mode=ro` and SQLite's own locks. So is one with a
    write-ahead log that holds pages. A file in WAL mode whose log is absent or empty is complete in
    itself, and SQLite would create the log's files to read it: it is read as immutable, and read again
    if it changed meanwhile (`live` then leaves it to SQLite).

    The header is read here and not in the parent: closing a file drops all POSIX locks that the process
    has on it, those of a database connection of the parent's own among them.

    Raises:
        MissingFileError: There is no file at `path`, or it is no regular file.
        UnusableFileError: It cannot be read, or it is no SQLite 3 database.
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
    """What changes when somebody writes: the file's identity, size and time, the log's size last."""
    found = real.stat()
    log = Path(f"{real}-wal")
    return found.st_ino, found.st_size, found.st_mtime_ns, log.stat().st_size if log.exists() else 0
