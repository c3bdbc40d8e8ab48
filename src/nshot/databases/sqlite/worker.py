"""The sandbox's child process, which runs one SQLite statement at a time for `processes.sandbox`.

It reads pickled requests from stdin, writes pickled replies to stdout, and ends when stdin ends.
The interpreter is started bare (`-I -S`); the modules of this package and the standard library are
all it needs.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from nshot.databases.processes.messages import (
    COMPILE,
    DESCRIBE,
    DISTINCT,
    NAMES,
    RELEASE,
    Reply,
    Request,
    read_message,
    write_message,
)
from nshot.databases.sqlite import printf
from nshot.databases.sqlite.compiling import Compiler
from nshot.databases.sqlite.connection import HEAP, Keeper, authorizer
from nshot.databases.sqlite.describe import describe_all, list_names
from nshot.databases.sqlite.file import File, MissingFileError, UnusableFileError, inspect

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

ADDRESS_SPACE: Final = 1536 << 20
"""Bytes of address space of the process, in addition to four times the limit of the result."""

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
"""The kind of error for primary result codes of SQLite; all others are an `error`."""


_ATTEMPTS: Final = 3
_STEPS: Final = 20_000
"""Steps of SQLite's virtual machine between two checks of the clock: a few milliseconds at most."""
_ORPHANED: Final = 5.0
"""Seconds after the deadline at which this process ends itself if the parent is gone and SQLite
cannot be interrupted; otherwise it stops at once."""
_CHUNK: Final = 2_000
"""Rows fetched together."""


class Expired(Exception):
    """The deadline passed between two rows."""


class TooLarge(Exception):
    """A value or the rows read so far exceed the limit of bytes."""


def run(request: Request, keeper: Keeper) -> Reply:
    """The reply for one statement; errors of the statement or the database are replies, not
    exceptions.
    """
    reply = Reply("error")
    try:
        # If another process changed a file meanwhile that is read without locks, the result may mix two
        # states, so it is read again; the last attempt leaves the locks to SQLite.
        for attempt in range(_ATTEMPTS):
            file = inspect(request.path, live=attempt == _ATTEMPTS - 1)
            reply = _run(file, request, keeper)
            # A statement that was stopped may leave its connection in any state.
            if reply.kind not in ("rows", "error"):
                keeper.close()
            if not file.unlocked or inspect(request.path) == file:
                break
    except MissingFileError as error:
        return Reply("missing", str(error))
    except (UnusableFileError, OSError) as error:  # an OSError: of copying the file
        return Reply("database", str(error))
    return reply


def _run(file: File, request: Request, keeper: Keeper) -> Reply:
    started = time.monotonic()
    denied: list[str] = []
    oversized: list[str] = []
    try:
        with keeper.connection(file, request) as connection:
            # Called by SQLite every _STEPS steps; also ends the statement when the parent is gone.
            deadline, parent = started + request.timeout, os.getppid()
            connection.set_progress_handler(
                lambda: time.monotonic() > deadline or os.getppid() != parent, _STEPS
            )
            if request.work in (NAMES, DESCRIBE):
                return _read_schema(connection, request, started)
            if printf.MENTIONED.search(request.sql):
                printf.guard_printf(connection, min(request.max_bytes, HEAP), oversized)
            # Last: the settings and virtual tables before it need what it denies.
            connection.set_authorizer(authorizer(denied))
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


def _read_schema(connection: sqlite3.Connection, request: Request, started: float) -> Reply:
    """What SQLite says of its tables; runs no statement but nshot's own."""
    with _no_file_growth():
        if request.work == NAMES:
            rows = list_names(connection)
        else:
            rows = describe_all(connection, request.arguments, request.timeout)
    return Reply("rows", "", (), rows, False, time.monotonic() - started)


def _failure(error: Exception, denied: list[str]) -> Reply:
    message = str(error)
    # The authorizer's own reason first: SQLite's message only says that something was not authorized.
    if denied:
        return Reply("refused", denied[0])
    if "one statement at a time" in message:
        return Reply("refused", "more than one statement")
    if "user-defined function raised" in message:  # by the schema, as the authorizer sees the others
        return Reply("refused", "a function in the definition of a table")
    code = getattr(error, "sqlite_errorcode", None)
    # Extended result codes have the primary one in their low byte.
    primary = -1 if code is None else code & 0xFF
    kind = next((kind for kind, codes in _KINDS.items() if primary in codes), "error")
    return Reply(kind, message)


def _fetch(
    connection: sqlite3.Connection, request: Request, started: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    with contextlib.closing(connection.execute(request.sql)) as cursor:
        if cursor.description is None:
            raise sqlite3.ProgrammingError("the text contains no statement that returns rows")
        return (_read_distinct if request.work == DISTINCT else _read)(cursor, request, started)


def _read_distinct(
    cursor: sqlite3.Cursor, request: Request, started: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    """The distinct values of all columns; much faster than one SELECT DISTINCT per column."""
    found: list[dict[Any, None]] = [{} for _ in cursor.description]
    while rows := cursor.fetchmany(_CHUNK):
        for values, cells in zip(found, zip(*rows, strict=True), strict=True):
            values.update(dict.fromkeys(cells))
        if sum(sys.getsizeof(cell) for values in found for cell in values) > request.max_bytes:
            raise TooLarge
        if time.monotonic() - started > request.timeout:
            raise Expired
    return _columns(cursor), tuple(itertools.zip_longest(*found)), False


def _read(
    cursor: sqlite3.Cursor, request: Request, started: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    # Checked row by row: the progress handler does not run between rows, and SQLite's limits hold for single
    # values, not for the sum of a result.
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
    """Prevent this process from extending any file, whatever SQLite is made to do (POSIX only)."""
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
    """Limit the address space of this process (Linux; other systems may ignore it)."""
    if resource is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    # The rows as objects, their pickle and its copies are in memory at the same time.
    wanted = ADDRESS_SPACE + 4 * max_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    with contextlib.suppress(ValueError, OSError, OverflowError):
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))


def _end_after(seconds: float) -> None:
    """Let the system end this process after that time; 0 cancels it (POSIX only)."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def main() -> None:
    """Answer requests until stdin ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    # The limit of SQLite's heap holds for the process, and for as long as it lives.
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA hard_heap_limit = {HEAP}")
    keeper, compiler = Keeper(), Compiler()
    write_message(sink, Reply("ready"))
    while (message := read_message(source, pickle.loads)) is not None:
        request = Request(*message)
        _limit_memory(request.max_bytes)
        _end_after(request.timeout + _ORPHANED)
        if not request.keep:
            keeper.close()
        try:
            write_message(sink, _answer(request, keeper, compiler))
        except MemoryError:
            write_message(sink, Reply("too large", "the result does not fit into memory"))
        _end_after(0)


def _answer(request: Request, keeper: Keeper, compiler: Compiler) -> Reply:
    if request.work == RELEASE:
        return Reply("rows")
    return compiler.run(request) if request.work == COMPILE else run(request, keeper)
