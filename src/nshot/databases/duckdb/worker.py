"""The sandbox's child process, which runs one DuckDB statement at a time for `duckdb.execute`.

It speaks the protocol of `nshot.databases.processes.messages`: pickled requests on stdin, replies
on stdout.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nshot.databases.duckdb.gate import HARMLESS, NotParsed, Refused, check_tree
from nshot.databases.duckdb.times import TextColumns, add_texts, find_changed
from nshot.databases.processes.messages import DISTINCT, Reply, Request, read_message, write_message
from nshot.timer import call_after

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

MEMORY: Final = 512 << 20
"""Bytes of memory that DuckDB may use for sorting, grouping and its caches."""
ADDRESS_SPACE: Final = 1536 << 20
"""Bytes of address space of the process, in addition to four times the limit of the result."""
_THREADS: Final = 2
_CHUNK: Final = 256
"""Rows fetched together."""
_CONFIG: Final = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "memory_limit": f"{MEMORY >> 20}MiB",
    "threads": _THREADS,
    "temp_directory": "",
}
"""Set when the file is opened."""
_SETTINGS: Final = (
    "SET python_enable_replacements = false",  # else a name in FROM may be a variable of this program
    "SET enable_progress_bar = false",
    "SET TimeZone = 'UTC'",
    "SET lock_configuration = true",
)
"""Set after that, in this order."""
_PLAIN: Final = (bool, int, float, str, bytes, date, datetime, clock_time, timedelta, Decimal, type(None))


class ResultTooLarge(Exception):
    """The rows read so far exceed the limit of bytes."""


class Unusable(Exception):
    """The file cannot be opened as a database."""


class OpenFile:
    """The connection that stays open between requests for the same, unchanged file."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._connection: DuckDBPyConnection | None = None

    @contextlib.contextmanager
    def connection(self, request: Request) -> Iterator[DuckDBPyConnection]:
        """A connection for this request; closed after it unless it is to be kept."""
        found = Path(request.path).stat()
        key = (request.path, found.st_ino, found.st_size, found.st_mtime_ns)
        if self._connection is None or key != self._key:
            self.close()
            self._connection, self._key = _connect(request.path), key
        try:
            yield self._connection
        finally:
            if not request.keep:
                self.close()

    def close(self) -> None:
        """Closes the connection; another program may then write to the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(path: str) -> DuckDBPyConnection:
    import duckdb

    try:
        connection = duckdb.connect(path, read_only=True, config=_CONFIG)
    except (duckdb.Error, RuntimeError) as error:
        raise Unusable(_first_line(error)) from error
    for setting in _SETTINGS:
        connection.execute(setting)
    return connection


@cache
def _side_effects() -> frozenset[str]:
    """Names of DuckDB's functions with side effects, in lower case."""
    import duckdb

    with contextlib.closing(duckdb.connect(":memory:")) as connection:
        found = connection.execute("SELECT function_name FROM duckdb_functions() WHERE has_side_effects")
        return frozenset(name.lower() for (name,) in found.fetchall()) - HARMLESS


def run(request: Request, keeper: OpenFile) -> Reply:
    """The reply for one statement; errors of the statement or the database are replies, not
    exceptions.
    """
    if not Path(request.path).is_file():
        return Reply("missing", f"no database file at {request.path}")
    started = time.monotonic()
    expired = threading.Event()
    try:
        with keeper.connection(request) as connection, _deadline(connection, request.timeout, expired):
            return _run(connection, request, started)
    except Unusable as error:
        return Reply("database", str(error))
    except Refused as error:
        return Reply("refused", str(error))
    except NotParsed as error:
        return Reply("error", str(error))
    except ResultTooLarge:
        return Reply("too large", f"the result is larger than {request.max_bytes:,} bytes")
    except MemoryError:
        return Reply("too large", f"the statement needs more memory than {MEMORY:,} bytes")
    except Exception as error:  # noqa: BLE001 - DuckDB raises errors of Python, too
        return _failure(error, expired.is_set())


def _run(connection: DuckDBPyConnection, request: Request, started: float) -> Reply:
    (tree,) = connection.execute("SELECT json_serialize_sql(?)", [request.sql]).fetchone() or ("",)
    check_tree(tree, _side_effects())
    cursor = connection.execute(request.sql)
    columns = tuple(str(column[0]) for column in cursor.description or ())
    if request.work == DISTINCT:
        rows, truncated = _read_distinct(cursor, len(columns), request)
    else:
        types = [column[1] for column in cursor.description or ()]
        rows, truncated = _read(cursor, request)
        if changed := find_changed(types, rows):
            rows, truncated = _read_texts(connection, add_texts(request.sql, types, changed), request)
    return Reply("rows", "", columns, rows, truncated, time.monotonic() - started)


def _read_texts(connection: DuckDBPyConnection, found: TextColumns, request: Request) -> tuple[Any, bool]:
    """The rows, with the texts of dates and intervals that the driver changes."""
    (tree,) = connection.execute("SELECT json_serialize_sql(?)", [found.sql]).fetchone() or ("",)
    check_tree(tree, _side_effects())
    rows, truncated = _read(connection.execute(found.sql), request)
    return tuple(map(found.restore, rows)), truncated


@contextlib.contextmanager
def _deadline(connection: DuckDBPyConnection, seconds: float, expired: threading.Event) -> Iterator[None]:
    """Interrupt the connection's statement after that time."""

    def interrupt() -> None:
        expired.set()
        connection.interrupt()

    with call_after(seconds, interrupt):
        yield


def _failure(error: Exception, expired: bool) -> Reply:
    name, message = type(error).__name__, _first_line(error)
    if expired and name in ("InterruptException", "RuntimeError"):
        return Reply("timeout")
    if name == "OutOfMemoryException" or "ailed to allocate" in message:
        return Reply("too large", message)
    if name == "PermissionException" or "read-only mode" in message:
        return Reply("denied", f"{message.partition(': ')[2] or message} (DuckDB)")
    if name in ("FatalException", "IOException", "SerializationException"):
        return Reply("database", message)
    return Reply("error", message)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:500]


def _read(cursor: Any, request: Request) -> tuple[tuple[tuple[Any, ...], ...], bool]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    while batch := cursor.fetchmany(_CHUNK):
        for found in batch:
            if request.max_rows is not None and len(rows) >= request.max_rows:
                return tuple(rows), True
            row = tuple(map(_plain, found))
            size += sys.getsizeof(row) + sum(map(_size, row))
            if size > request.max_bytes:
                raise ResultTooLarge
            rows.append(row)
    return tuple(rows), False


def _read_distinct(cursor: Any, width: int, request: Request) -> tuple[tuple[tuple[Any, ...], ...], bool]:
    """The distinct texts of each column, in the order of their first occurrence, then NULLs."""
    found: list[dict[Any, None]] = [{} for _ in range(width)]
    while batch := cursor.fetchmany(_CHUNK):
        for values, cells in zip(found, zip(*batch, strict=True), strict=True):
            values.update(dict.fromkeys(cell for cell in cells if isinstance(cell, str)))
        if sum(sys.getsizeof(cell) for values in found for cell in values) > request.max_bytes:
            raise ResultTooLarge
    return tuple(itertools.zip_longest(*found)), False


def _plain(value: Any) -> Any:
    """The value, made of classes that the parent accepts."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, clock_time) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {_key(key): _plain(one) for key, one in value.items()}
    return str(value)


def _key(key: Any) -> Any:
    return key if isinstance(key, _PLAIN) else str(key)


def _size(value: Any) -> int:
    """Bytes of a value with what it holds."""
    size = sys.getsizeof(value)
    if isinstance(value, list):
        return size + sum(map(_size, value))
    if isinstance(value, dict):
        return size + sum(_size(key) + _size(one) for key, one in value.items())
    return size


def _limit(max_bytes: int) -> None:
    """Limit the address space of this process (Linux), and forbid that it makes any file longer."""
    if resource is None:
        return
    for what, wanted in (
        (resource.RLIMIT_AS, ADDRESS_SPACE + 4 * max_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError, OverflowError):
            resource.setrlimit(what, (value, hard))


def main() -> None:
    """Answer requests until stdin ends."""
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what DuckDB may print is no reply
    with contextlib.suppress(ImportError):
        import duckdb  # noqa: F401 - before the limits
    keeper = OpenFile()
    write_message(sink, Reply("ready"))
    while (message := read_message(source, pickle.loads)) is not None:
        request = Request(*message)
        _limit(request.max_bytes)
        if not request.sql or not request.keep:
            keeper.close()
        if not request.sql:
            write_message(sink, Reply("rows"))
            continue
        try:
            write_message(sink, run(request, keeper))
        except MemoryError:
            write_message(sink, Reply("too large", "the result does not fit into memory"))
