"""The sandbox's child process: runs one SQLite statement at a time for `nshot.sql.sandbox`.

Started as a script by the bare interpreter (`python -I -S worker.py`), so it imports the standard
library only. Reads pickled requests from stdin, writes pickled replies to stdout, ends with stdin.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import sqlite3
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

HEAP: Final = 512 << 20
"""Bytes of working memory that SQLite gets for sorting, grouping and its caches."""

ADDRESS_SPACE: Final = 1536 << 20
"""Bytes of address space of the process, beside four times the result's limit."""

_DENIED_FUNCTIONS: Final = frozenset(
    ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "writeblob", "zipfile", "fsdir")
)
_ALLOWED: Final = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
_ACTIONS: Final = {
    getattr(sqlite3, "SQLITE_" + name.replace(" ", "_")): name
    for name in (
        "ALTER TABLE,ANALYZE,ATTACH,CREATE INDEX,CREATE TABLE,CREATE TEMP INDEX,CREATE TEMP TABLE,"
        "CREATE TEMP TRIGGER,CREATE TEMP VIEW,CREATE TRIGGER,CREATE VIEW,CREATE VTABLE,DELETE,DETACH,"
        "DROP INDEX,DROP TABLE,DROP TEMP INDEX,DROP TEMP TABLE,DROP TEMP TRIGGER,DROP TEMP VIEW,"
        "DROP TRIGGER,DROP VIEW,DROP VTABLE,INSERT,PRAGMA,REINDEX,SAVEPOINT,TRANSACTION,UPDATE,FUNCTION"
    ).split(",")
}
_KINDS: Final = {
    "timeout": (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED),
    "too large": (sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL),
    "refused": (sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY),
    "database": (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    ),
}
"""Primary result codes of SQLite by the kind of error they mean; any other is an `error`."""


_MAGIC: Final = b"SQLite format 3\x00"
_JOURNAL: Final = 19
_WAL: Final = 2
"""The byte at offset 19 of a file whose journal is a write-ahead log."""

_ATTEMPTS: Final = 3
_SETTINGS: Final = (
    "query_only = ON",
    "trusted_schema = OFF",
    "temp_store = MEMORY",
    "cell_size_check = ON",
    "mmap_size = 0",
)

_PRINTF: Final = re.compile("printf|format", re.IGNORECASE)
_MODULES: Final = ("json_each", "json_tree")
_DIRECTIVE: Final = re.compile(
    r"%[-+ 0,#!]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+)?)?l*(?P<letter>.?)", re.DOTALL
)


class Request(NamedTuple):
    path: str
    sql: str
    """Empty: only say how the file is to be opened."""
    timeout: float
    max_rows: int | None
    max_bytes: int
    text_errors: str


class Reply(NamedTuple):
    kind: str
    """`rows`, `uri`, or the kind of error: refused, timeout, too large, error, missing, database."""
    message: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    truncated: bool = False
    seconds: float = 0.0


class Expired(Exception):
    """The deadline passed between two rows."""


class TooLarge(Exception):
    """A value or the rows read so far exceed the limit of bytes."""


def read_message(stream: BinaryIO, load: Callable[[bytes], Any]) -> Any:
    """The next message, or None at the end of the stream."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    return load(body) if len(body) == length else None


def write_message(stream: BinaryIO, message: tuple[Any, ...]) -> None:
    """Writes a tuple of plain values."""
    body = pickle.dumps(tuple(message), protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(body)))
    stream.write(body)
    stream.flush()


class File(NamedTuple):
    """How a database file is opened, and what it looked like then."""

    uri: str
    immutable: bool
    state: tuple[int, ...]


def inspect(path: str, *, live: bool = False) -> File | Reply:
    """How to open a database file without writing beside it, or why it cannot be opened.

    A file in rollback-journal mode is opened with `mode=ro` and SQLite's own locks. So is one with a
    write-ahead log that holds pages. A file in WAL mode whose log is absent or empty is complete in
    itself, and SQLite would create the log's files to read it: it is read as immutable, and read again
    if it changed meanwhile (`live` then leaves it to SQLite).

    The header is read here and not in the parent: closing a file drops all POSIX locks that the process
    has on it, those of a database connection of the parent's own among them.
    """
    try:
        real = Path(path).resolve(strict=True)
        mode = real.stat().st_mode
        if stat.S_ISDIR(mode):
            return Reply("missing", f"expected a SQLite file, got a folder: {path}")
        if not stat.S_ISREG(mode):
            return Reply("missing", f"expected a SQLite file, got a device, pipe or socket: {path}")
        with real.open("rb") as file:
            header = file.read(100)
        state = _state(real)
    except (FileNotFoundError, NotADirectoryError):
        return Reply("missing", f"no database file at {path}")
    except (OSError, ValueError, RuntimeError) as error:
        return Reply("database", str(error))
    if header[:16] != _MAGIC:
        what = "it is not a SQLite 3 file, or it is encrypted" if header else "it is empty"
        return Reply("database", f"{what}; expected a SQLite 3 database")
    immutable = len(header) > _JOURNAL and header[_JOURNAL] == _WAL and not state[-1] and not live
    return File(f"{real.as_uri()}?mode=ro" + ("&immutable=1" if immutable else ""), immutable, state)


def _state(real: Path) -> tuple[int, ...]:
    """What changes when somebody writes: the file's identity, size and time, the log's size last."""
    found = real.stat()
    log = Path(f"{real}-wal")
    return found.st_ino, found.st_size, found.st_mtime_ns, log.stat().st_size if log.exists() else 0


def run(request: Request) -> Reply:
    """What comes of one statement; never raises for what a statement or a database can do."""
    reply = Reply("error")
    for attempt in range(_ATTEMPTS):
        file = inspect(request.path, live=attempt == _ATTEMPTS - 1)
        if isinstance(file, Reply):
            return file
        if not request.sql:
            return Reply("uri", file.uri)
        reply = _run(file.uri, request)
        if not file.immutable or inspect(request.path) == file:
            break
    return reply


def _run(uri: str, request: Request) -> Reply:
    started = time.monotonic()
    denied: list[str] = []
    oversized: list[str] = []
    try:
        with _connection(uri, request) as connection, _deadline(connection, request.timeout):
            if _PRINTF.search(request.sql):
                _guard_printf(connection, request.max_bytes, oversized)
            connection.set_authorizer(_authorizer(denied))
            with _no_file_growth():
                columns, rows, truncated = _fetch(connection, request, started)
        return Reply("rows", "", columns, rows, truncated, time.monotonic() - started)
    except Expired:
        return Reply("timeout")
    except TooLarge:
        return Reply("too large", f"the result is larger than {request.max_bytes:,} bytes")
    except MemoryError:
        return Reply("too large", f"the statement needs more memory than {HEAP:,} bytes")
    except (sqlite3.Error, sqlite3.Warning) as error:
        return Reply("too large", oversized[0]) if oversized else _failure(error, denied)
    except (ValueError, OverflowError) as error:
        return Reply("error", str(error))


def _failure(error: Exception, denied: list[str]) -> Reply:
    message = str(error)
    if denied:
        return Reply("refused", denied[0])
    if "one statement at a time" in message:
        return Reply("refused", "more than one statement")
    code = getattr(error, "sqlite_errorcode", None)
    primary = -1 if code is None else code & 0xFF
    kind = next((kind for kind, codes in _KINDS.items() if primary in codes), "error")
    return Reply(kind, message)


@contextlib.contextmanager
def _connection(uri: str, request: Request) -> Iterator[sqlite3.Connection]:
    """A connection that has read the schema once, so that later failures belong to the statement."""
    connection = sqlite3.connect(
        uri, uri=True, timeout=request.timeout, isolation_level=None, cached_statements=0
    )
    with contextlib.closing(connection):
        connection.text_factory = lambda raw: raw.decode("utf-8", request.text_errors)
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        if sys.version_info >= (3, 12):
            connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(request.max_bytes, HEAP))
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
        _connect_modules(connection, request.sql)
        yield connection


def _connect_modules(connection: sqlite3.Connection, sql: str) -> None:
    """Loads virtual tables now: SQLite declares their columns by CREATE TABLE, which is denied later."""
    for module in _MODULES if "json_" in sql.lower() else ():
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute(f"SELECT 1 FROM {module}('[]') LIMIT 0").fetchall()  # noqa: S608
    virtual = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage = 0"
    for (name,) in connection.execute(virtual).fetchall():
        quoted = name.replace('"', '""')
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 0').fetchall()  # noqa: S608


def _guard_printf(connection: sqlite3.Connection, max_bytes: int, oversized: list[str]) -> None:
    """Puts a check of widths and precisions before SQLite's own `printf` and `format`.

    SQLite spends seconds on `printf('%.*c', 1000000000, 'x')` and then returns NULL. Views may use the
    guarded function only while the schema is trusted; what is dangerous stays denied inside them.
    """
    connection.execute("PRAGMA trusted_schema = ON")
    limit = min(max_bytes, HEAP)

    def printf(*values: Any) -> Any:
        if not values or values[0] is None:
            return None
        if _widest(str(values[0]), values[1:]) > limit:
            oversized.append(f"a value of printf is larger than {limit:,} bytes")
            raise TooLarge
        marks = ", ".join("?" * len(values))
        with contextlib.closing(sqlite3.connect(":memory:")) as plain:
            plain.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
            return plain.execute(f"SELECT printf({marks})", values).fetchone()[0]

    for name in ("printf", "format"):
        connection.create_function(name, -1, printf, deterministic=True)


def _widest(template: str, arguments: tuple[Any, ...]) -> float:
    """The largest width or precision that a printf template asks for, in characters."""
    widest, position = 0.0, 0
    for match in _DIRECTIVE.finditer(template):
        for size in match.group("width", "precision"):
            if size == "*":
                argument = arguments[position] if position < len(arguments) else 0
                widest = max(widest, _size(argument))
                position += 1
            elif size:
                widest = max(widest, _size(size))
        position += match.group("letter") not in ("%", "n", "")
    return widest


def _size(value: Any) -> float:
    try:
        return abs(float(value))
    except (TypeError, ValueError, OverflowError):
        return 0.0


@contextlib.contextmanager
def _deadline(connection: sqlite3.Connection, timeout: float) -> Iterator[None]:
    """Interrupts the statement at the deadline; ends the process if that does not help."""

    def interrupt() -> None:
        with contextlib.suppress(sqlite3.Error):
            connection.interrupt()

    timers = [threading.Timer(timeout, interrupt), threading.Timer(timeout + 5.0, os._exit, (3,))]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()


def _authorizer(
    denied: list[str],
) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """SQLite's gate at the time of compiling; the reason of the first refusal goes to `denied`.

    Full-text tables ask for `PRAGMA data_version` when they are read; it changes nothing.
    """

    def allow(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
        if action in _ALLOWED:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and second is None:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _DENIED_FUNCTIONS:
            return sqlite3.SQLITE_OK
        name = _ACTIONS.get(action, f"action {action}")
        subject = second if action == sqlite3.SQLITE_FUNCTION else first
        if name == "UPDATE" and first in ("sqlite_master", "sqlite_temp_master"):
            name, subject = "a table-valued function or virtual table of SQLite's own", None
        denied.append(f"{name} {subject}" if subject else name)
        return sqlite3.SQLITE_DENY

    return allow


def _fetch(
    connection: sqlite3.Connection, request: Request, started: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    cursor = connection.execute(request.sql)
    if cursor.description is None:
        raise sqlite3.ProgrammingError("the text holds no statement that returns rows")
    rows: list[tuple[Any, ...]] = []
    size = 0
    for row in cursor:
        if request.max_rows is not None and len(rows) >= request.max_rows:
            return _columns(cursor), tuple(rows), True
        size += sys.getsizeof(row) + sum(map(sys.getsizeof, row))
        if size > request.max_bytes:
            raise TooLarge
        if time.monotonic() - started > request.timeout:
            raise Expired
        rows.append(row)
    return _columns(cursor), tuple(rows), False


def _columns(cursor: sqlite3.Cursor) -> tuple[str, ...]:
    return tuple(column[0] for column in cursor.description)


@contextlib.contextmanager
def _no_file_growth() -> Iterator[None]:
    """No file can be made longer by this process, whatever SQLite is talked into (POSIX only)."""
    if resource is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def _limit_memory(max_bytes: int) -> None:
    """Caps the address space of this process (Linux; other systems may ignore it)."""
    if resource is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = ADDRESS_SPACE + 4 * max_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with contextlib.suppress(ValueError, OSError, OverflowError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def main() -> None:
    """Serves requests until stdin ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    write_message(sink, Reply("ready"))
    while (message := read_message(source, pickle.loads)) is not None:
        request = Request(*message)
        _limit_memory(request.max_bytes)
        try:
            write_message(sink, run(request))
        except MemoryError:
            write_message(sink, Reply("too large", "the result does not fit into memory"))


if __name__ == "__main__":
    main()
