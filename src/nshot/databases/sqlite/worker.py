"""The sandbox's child process, which runs one SQLite statement at a time for `sqlite.sandbox`.

It reads pickled requests from stdin, writes pickled replies to stdout, and ends when stdin ends. The
interpreter is started bare (`-I -S`); the modules of this package and the standard library are all it needs.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import signal
import sqlite3
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from nshot.databases.sqlite import printf
from nshot.databases.sqlite.file import File, MissingFileError, UnusableFileError, inspect

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

HEAP: Final = 512 << 20
"""Bytes of memory that SQLite may use for sorting, grouping and its caches."""

ADDRESS_SPACE: Final = 1536 << 20
"""Bytes of address space of the process, in addition to four times the limit of the result."""

# Functions of SQLite or its shell that read or write files, load code or use raw pointers. Which of them
# exist depends on how SQLite was built, so all are denied by name.
_DENIED_FUNCTIONS: Final = frozenset(
    ("load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "writeblob", "zipfile", "fsdir")
)
# An allow-list: an action that a later SQLite adds is denied until somebody has looked at it.
_ALLOWED: Final = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE))
# Names of actions for the reason of a refusal; none of them is allowed by standing here.
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
"""The kind of error for primary result codes of SQLite; all others are an `error`."""


_ATTEMPTS: Final = 3
_STEPS: Final = 20_000
"""Steps of SQLite's virtual machine between two checks of the clock: a few milliseconds at most."""
_ORPHANED: Final = 5.0
"""Seconds after the deadline at which this process ends itself if the parent is gone and SQLite cannot be
interrupted; otherwise it stops at once."""
_KEPT: Final = 200
"""Most connections that are kept: enough for all files of a test suite in turn."""
_KEPT_BYTES: Final = 64 << 20
"""Size of their files together."""
# One line of defence each: no writes; functions with side effects are not run from a schema; no temporary
# files; damaged pages are noticed; no mapping of a file that another process may shorten (SIGBUS).
_SETTINGS: Final = (
    "query_only = ON",
    "trusted_schema = ON",  # before SQLite 3.41 JSON functions count as untrusted, also in generated columns
    "temp_store = MEMORY",
    "cell_size_check = ON",
    "mmap_size = 0",
)

_CHUNK: Final = 2_000
"""Rows fetched together."""
_MODULES: Final = ("json_each", "json_tree")


class Request(NamedTuple):
    path: str
    sql: str
    """Empty: only report how the file is to be opened."""
    timeout: float
    max_rows: int | None
    max_bytes: int
    text_errors: str
    keep: bool = False
    """Keep the connection open for a request that differs only in `sql` and `max_rows`."""
    distinct: bool = False
    """Each column of the result has its distinct values, then NULLs; texts are returned as bytes."""


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
    # A message is its length in 8 bytes, then the pickle. A stream cut short is an end, not an error.
    (length,) = struct.unpack("<Q", head)
    body = stream.read(length)
    return load(body) if len(body) == length else None


def write_message(stream: BinaryIO, message: tuple[Any, ...]) -> None:
    """Writes a tuple of plain values."""
    body = pickle.dumps(tuple(message), protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(body)))
    stream.write(body)
    stream.flush()


class Keeper:
    """Connections that stay open between requests; a connection that a statement damaged is not kept."""

    def __init__(self) -> None:
        self._open: dict[tuple[File, Request], sqlite3.Connection] = {}

    @contextlib.contextmanager
    def connection(self, file: File, request: Request) -> Iterator[sqlite3.Connection]:
        """A connection for this request: a kept one if it fits, otherwise a new one."""
        # The key has the file's state, so a changed file gets a new connection.
        if not _may_be_kept(file, request):
            with contextlib.closing(_connect(file.uri, request)) as connection:
                yield connection
            return
        key = (file, request._replace(sql="", max_rows=None))
        # Taken out and put in again: the order of the dictionary is that of use, oldest first.
        kept = self._open.pop(key, None)
        self._open[key] = _connect(file.uri, request) if kept is None else kept
        self._close_oldest()
        yield self._open[key]

    def _close_oldest(self) -> None:
        """Close connections beyond the limits; the last one used always stays."""
        while len(self._open) > 1 and (
            len(self._open) > _KEPT or sum(file.size for file, _ in self._open) > _KEPT_BYTES
        ):
            self._open.pop(next(iter(self._open))).close()

    def close(self) -> None:
        """Closes all that are kept."""
        while self._open:
            self._open.popitem()[1].close()


def _may_be_kept(file: File, request: Request) -> bool:
    """Whether the connection can be reused: not after printf or json_each, nor with a write-ahead log."""
    own = printf.MENTIONED.search(request.sql) or "json_" in request.sql.lower()
    return request.keep and not own and not file.state[-1]


def run(request: Request, keeper: Keeper) -> Reply:
    """The reply for one statement; errors of the statement or the database are replies, not exceptions."""
    reply = Reply("error")
    try:
        # An immutable file (`inspect`) is read without locks. If another process changed it meanwhile, the
        # result may mix two states, so it is read again; the last attempt leaves the locks to SQLite.
        for attempt in range(_ATTEMPTS):
            file = inspect(request.path, live=attempt == _ATTEMPTS - 1)
            if not request.sql:
                return Reply("uri", file.uri)
            reply = _run(file, request, keeper)
            # A statement that was stopped may leave its connection in any state.
            if reply.kind not in ("rows", "error"):
                keeper.close()
            if not file.immutable or inspect(request.path) == file:
                break
    except MissingFileError as error:
        return Reply("missing", str(error))
    except UnusableFileError as error:
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
            if printf.MENTIONED.search(request.sql):
                printf.guard_printf(connection, min(request.max_bytes, HEAP), oversized)
            # Last: the settings and virtual tables before it need what it denies.
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
    # The authorizer's own reason first: SQLite's message only says that something was not authorized.
    if denied:
        return Reply("refused", denied[0])
    if "one statement at a time" in message:
        return Reply("refused", "more than one statement")
    code = getattr(error, "sqlite_errorcode", None)
    # Extended result codes have the primary one in their low byte.
    primary = -1 if code is None else code & 0xFF
    kind = next((kind for kind, codes in _KINDS.items() if primary in codes), "error")
    return Reply(kind, message)


def _connect(uri: str, request: Request) -> sqlite3.Connection:
    """A connection that has read the schema once, so that later errors belong to the statement."""
    connection = sqlite3.connect(
        uri, uri=True, timeout=request.timeout, isolation_level=None, cached_statements=0
    )
    try:
        for setting in _SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        connection.text_factory = _decoder("replace")
        read_definitions(connection)
        if sys.version_info >= (3, 12):
            connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        # No value longer than the whole result may be; no ATTACH at all; no threads beside this one.
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(request.max_bytes, HEAP))
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
        _connect_modules(connection, request.sql)
        connection.text_factory = bytes if request.distinct else _decoder(request.text_errors)
    except BaseException:
        connection.close()
        raise
    return connection


def read_definitions(connection: sqlite3.Connection) -> None:
    """Let SQLite read the definitions of all tables; definitions that it cannot parse are skipped.

    Without this, a single CREATE statement of a newer SQLite would make every statement on the file fail. The
    pragma allows no writes, because the file is opened read-only.
    """
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except UnicodeDecodeError:  # the message names a table whose name is not UTF-8
        connection.execute("PRAGMA writable_schema = ON")
    except sqlite3.DatabaseError as error:
        if "malformed database schema" not in str(error):
            raise
        connection.execute("PRAGMA writable_schema = ON")
    connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()


def _decoder(errors: str) -> Callable[[bytes], str]:
    return lambda raw: raw.decode("utf-8", errors)


def _connect_modules(connection: sqlite3.Connection, sql: str) -> None:
    """Load virtual tables now: SQLite declares their columns by CREATE TABLE, which is denied later."""
    for module in _MODULES if "json_" in sql.lower() else ():
        with contextlib.suppress(sqlite3.OperationalError):
            connection.execute(f"SELECT 1 FROM {module}('[]') LIMIT 0").fetchall()  # noqa: S608
    virtual = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage = 0"
    for (name,) in connection.execute(virtual).fetchall():
        quoted = name.replace('"', '""')
        with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
            connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 0').fetchall()  # noqa: S608


def _authorizer(
    denied: list[str],
) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """SQLite's authorizer callback, called at compile time; the first reason for a refusal goes to `denied`.

    Full-text tables use `PRAGMA data_version` when they are read, which changes nothing.
    """

    def allow(action: int, first: str | None, second: str | None, _db: str | None, _by: str | None) -> int:
        if action in _ALLOWED:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and second is None:
            return sqlite3.SQLITE_OK
        # SQLite passes a function's name as the second argument, a table's as the first.
        if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _DENIED_FUNCTIONS:
            return sqlite3.SQLITE_OK
        name = _ACTIONS.get(action, f"action {action}")
        subject = second if action == sqlite3.SQLITE_FUNCTION else first
        # SQLite reports the declaration of a virtual table so, which would be a puzzling reason.
        if name == "UPDATE" and first in ("sqlite_master", "sqlite_temp_master"):
            name, subject = "a table-valued function or virtual table of SQLite's own", None
        denied.append(f"{name} {subject}" if subject else name)
        return sqlite3.SQLITE_DENY

    return allow


def _fetch(
    connection: sqlite3.Connection, request: Request, started: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    with contextlib.closing(connection.execute(request.sql)) as cursor:
        if cursor.description is None:
            raise sqlite3.ProgrammingError("the text contains no statement that returns rows")
        return (_read_distinct if request.distinct else _read)(cursor, request, started)


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
    keeper = Keeper()
    write_message(sink, Reply("ready"))
    while (message := read_message(source, pickle.loads)) is not None:
        request = Request(*message)
        _limit_memory(request.max_bytes)
        _end_after(request.timeout + _ORPHANED)
        if not request.keep:
            keeper.close()
        try:
            write_message(sink, run(request, keeper))
        except MemoryError:
            write_message(sink, Reply("too large", "the result does not fit into memory"))
        _end_after(0)
