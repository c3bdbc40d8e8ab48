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
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

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


_MODULES: Final = ("json_each", "json_tree")
_DIRECTIVE: Final = re.compile(
    r"%[-+ 0,#!]*(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d+)?)?l*(?P<letter>.?)", re.DOTALL
)


class Request(NamedTuple):
    uri: str
    sql: str
    timeout: float
    max_rows: int | None
    max_bytes: int
    text_errors: str


class Reply(NamedTuple):
    kind: str
    """`rows`, or the kind of error: refused, timeout, too large, error, database."""
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


def run(request: Request) -> Reply:
    """What comes of one statement; never raises for what a statement or a database can do."""
    started = time.monotonic()
    denied: list[str] = []
    oversized: list[str] = []
    try:
        with _connection(request) as connection, _deadline(connection, request.timeout):
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
        if oversized:
            return Reply("too large", oversized[0])
        return _failure(error, denied)
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
def _connection(request: Request) -> Iterator[sqlite3.Connection]:
    """A connection that has read the schema once, so that later failures belong to the statement."""
    connection = sqlite3.connect(
        request.uri, uri=True, timeout=request.timeout, isolation_level=None, cached_statements=0
    )
    with contextlib.closing(connection):
        connection.text_factory = lambda raw: raw.decode("utf-8", request.text_errors)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA mmap_size = 0")
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

    SQLite spends seconds on `printf('%.*c', 1000000000, 'x')` and then returns NULL.
    """
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
    """SQLite's gate at the time of compiling; the reason of the first refusal goes to `denied`."""

    def allow(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
        if action in _ALLOWED:
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
    try:
        import resource
    except ImportError:
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
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = ADDRESS_SPACE + 4 * max_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with contextlib.suppress(ValueError, OSError):
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
            reply = run(request)
            write_message(sink, reply)
        except MemoryError:
            reply = Reply("too large", "the result does not fit into memory")
            write_message(sink, reply)
        del reply


if __name__ == "__main__":
    main()
