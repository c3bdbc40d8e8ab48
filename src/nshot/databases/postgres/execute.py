"""Run one statement on PostgreSQL, read-only: a check of the text, then the server's own limits.

The server runs a statement that passed the check (gate.py) in a READ ONLY transaction with a
statement timeout, through a cursor, and rolls the transaction back. For important databases, also
connect as a role that may only SELECT (docs/sql.md).
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from nshot.databases.backend import Kept, Limits
from nshot.databases.postgres.gate import gate
from nshot.databases.postgres.times import read_all_times
from nshot.databases.postgres.watch import SILENT, SilenceWatch
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    MissingExtraError,
    NshotError,
    OptionError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.redaction import redact
from nshot.timer import call_after
from nshot.types import Rows

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

_CHUNK: Final = 500
_GRACE: Final = 2.0
"""Seconds after the deadline until the connection of a server that does not react is cut."""
_SETTINGS: Final = ("standard_conforming_strings = on", "intervalstyle = postgres")
"""Set for each transaction, besides the limits of time, in one message."""
_CANCELLED: Final = "57014"
_REFUSED: Final = ("25006", "42501")
"""SQLSTATE of a write in a read-only transaction, and of a missing privilege."""
_TOO_LARGE: Final = ("53", "54")
_LOST: Final = "57P"
"""SQLSTATEs of a server that closes connections. Class 08 may also come from a foreign table."""


def execute_postgres(url: str, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
    """The rows of one SELECT on a server; see `nshot.databases.backend.Backend.execute`."""
    started = time.monotonic()
    text = gate(sql)
    limits = replace(limits, timeout=max(0.05, limits.timeout - (time.monotonic() - started)))
    if kept is not None:
        return kept.get(url, lambda: PostgresServer(url, limits.timeout, keep=True)).run(text, limits)
    with contextlib.closing(PostgresServer(url, limits.timeout)) as server:
        return server.run(text, limits)


class PostgresServer:
    """A connection to the server, for the statements of one thread."""

    def __init__(self, url: str, timeout: float, *, keep: bool = False) -> None:
        """
        Args:
            url: The database's URL.
            timeout: Seconds until an attempt to connect is given up, at least 2.
            keep: Keep one connection open between statements; it is tested before each statement.
        """
        self._engine = _engine(url, timeout, keep)
        self._watch = SilenceWatch(self._engine)
        self._running: Any = None
        self._ended = False

    def run(self, text: str, limits: Limits) -> Rows:
        """The rows of a statement that passed the check."""
        started = time.monotonic()
        with _transaction(self._engine, self._watch, limits.timeout) as connection:
            self._running = connection.connection.driver_connection
            try:
                if self._ended:
                    raise SqlExecutionError("the session was ended")
                columns, rows, truncated = _fetch(connection, text, limits.max_rows, limits.max_bytes)
            finally:
                self._running = None
        return Rows(columns, rows, truncated, time.monotonic() - started)

    def close(self) -> None:
        """Closes the connection; the next statement opens one."""
        self._engine.dispose()

    def end(self) -> None:
        """Stop the running statement, from another thread; later statements fail."""
        self._ended = True
        if (running := self._running) is not None:
            _cancel(running)


def _engine(url: str, timeout: float, keep: bool) -> Engine:
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError
    from sqlalchemy.pool import NullPool, QueuePool

    # a cursor of a cancelled statement cannot be closed, which SQLAlchemy would tell by a traceback
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    try:
        target = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise OptionError("cannot read the URL; expected postgresql://user:password@host/database") from error
    arguments = {"connect_timeout": max(2, round(timeout)), "application_name": "nshot"}
    try:
        engine = sqlalchemy.create_engine(
            target, poolclass=QueuePool if keep else NullPool, pool_pre_ping=keep, connect_args=arguments
        )
    except ImportError as error:
        raise MissingExtraError("psycopg, the PostgreSQL driver,", "postgres") from error
    sqlalchemy.event.listen(engine, "connect", lambda connection, _: read_all_times(connection))
    return engine


@contextlib.contextmanager
def _transaction(engine: Engine, watch: SilenceWatch, timeout: float) -> Iterator[Connection]:
    """A connection in a read-only transaction with a time limit, which is rolled back."""
    from sqlalchemy.exc import DBAPIError

    started = time.monotonic()
    with watch.within(timeout + _GRACE), _connect(engine, watch) as connection:
        timeout = max(0.05, timeout - (time.monotonic() - started))
        connection.execution_options(postgresql_readonly=True, no_parameters=True)
        driver = connection.connection.driver_connection
        try:
            with call_after(timeout, lambda: _cancel(driver)):
                limit = max(1, round(timeout * 1000))
                settings = (f"statement_timeout = {limit}", f"lock_timeout = {limit}", *_SETTINGS)
                connection.exec_driver_sql("; ".join(f"SET LOCAL {one}" for one in settings))
                yield connection
        except DBAPIError as error:
            raise _translate(error, watch.expired) from error
        finally:
            with contextlib.suppress(DBAPIError):
                connection.rollback()


def _connect(engine: Engine, watch: SilenceWatch) -> Connection:
    from sqlalchemy.exc import DBAPIError

    shown = redact(engine.url.render_as_string(hide_password=True))
    try:
        return engine.connect()
    except DBAPIError as error:
        reason = SILENT if watch.expired else str(error.orig).strip().splitlines()[-1]
        if "does not exist" in reason and "database" in reason:
            raise DatabaseNotFoundError(f"no database at {shown}: {reason}") from error
        raise DataError(f"cannot connect to {shown}: {reason}") from error


def _cancel(connection: Any) -> None:
    with contextlib.suppress(Exception):
        connection.cancel_safe(timeout=5.0)


def _fetch(
    connection: Connection, sql: str, max_rows: int | None, max_bytes: int
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    """The rows, fetched through a cursor of the server in pieces that fit the limit of bytes."""
    options = {"stream_results": True, "max_row_buffer": 1}
    rows: list[tuple[Any, ...]] = []
    size = largest = 0
    step = 1
    with contextlib.closing(connection.exec_driver_sql(sql, execution_options=options)) as result:
        columns = tuple(result.keys())
        while piece := result.fetchmany(step):
            for found in piece:
                if max_rows is not None and len(rows) >= max_rows:
                    return columns, tuple(rows), True
                row = tuple(found)
                own = sys.getsizeof(row) + sum(map(sys.getsizeof, row))
                size, largest = size + own, max(largest, own)
                if size > max_bytes:
                    raise SqlTooLargeError(f"the result is larger than {max_bytes:,} bytes")
                rows.append(row)
            # Of rows like the largest so far, no more than fit, and at most ten times as many as before.
            step = max(1, min(_CHUNK, 10 * step, (max_bytes - size) // largest))
    return columns, tuple(rows), False


def _translate(error: DBAPIError, cut: bool = False) -> NshotError:
    """nshot's error for a driver's error.

    Args:
        error: What SQLAlchemy raised.
        cut: The connection was ended at the deadline.
    """
    code = getattr(error.orig, "sqlstate", None) or ""
    reason = str(error.orig).strip().splitlines()[0]
    if code == _CANCELLED or cut:
        return SqlTimeoutError("stopped at the deadline")
    if code in _REFUSED:
        return SqlRefusedError(f"refused by the server: {reason}")
    if code.startswith(_TOO_LARGE):
        return SqlTooLargeError(reason)
    if error.connection_invalidated or code.startswith(_LOST):
        return DataError(f"the connection to the database was lost: {reason}")
    return SqlExecutionError(reason)
