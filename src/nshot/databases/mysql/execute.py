"""Run one statement on MySQL or MariaDB, read-only: a check of the text, then the server's own
limits.

The server runs a statement that passed the check (gate.py) in a READ ONLY transaction with a time
limit. Rows come one by one, and reading stops at the limits of rows and of bytes.
"""

from __future__ import annotations

import contextlib
import math
import socket
import sys
import threading
import time
from dataclasses import replace
from functools import cache
from typing import Any, Final, NamedTuple

from nshot.databases.backend import Kept, Limits
from nshot.databases.mysql.gate import gate
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    MissingExtraError,
    NshotError,
    OptionError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.redaction import redact
from nshot.types import Rows

_TIMEOUT: Final = frozenset((1205, 1317, 1969, 3024))
"""Lock wait, interrupted, and the time limits of MariaDB and of MySQL."""
_REFUSED: Final = frozenset((1044, 1142, 1143, 1227, 1290, 1370, 1568, 1792))
"""Missing privileges, and writing in a READ ONLY transaction."""
_TOO_LARGE: Final = frozenset((1038, 1104, 1114, 1153, 3170))
_LOST: Final = frozenset((1053, 1927, 2006, 2013, 2055, 3169, 4031))
"""A server that shuts down, a connection that was killed, or closed because it was idle."""
_UNKNOWN_VARIABLE: Final = 1193
_UNKNOWN_DATABASE: Final = 1049
_OPTIONS: Final = (
    "unix_socket",
    "charset",
    "ssl_ca",
    "ssl_cert",
    "ssl_key",
    "ssl_verify_cert",
    "ssl_verify_identity",
)
"""Parts of a URL's query that are passed to PyMySQL."""
_MODE: Final = "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
"""The session's sql_mode. The text that is sent has names in backticks and backslashes in strings
doubled, so the modes ANSI_QUOTES and NO_BACKSLASH_ESCAPES of the server must not hold."""
_PING: Final = 5.0
"""Seconds that a kept connection has to answer before another one is made."""
_WIRE: Final = 1 << 16
"""Bytes that a result may have beyond its values: descriptions of columns, headers of packets."""


class Address(NamedTuple):
    """Where a database is, and as whom."""

    arguments: dict[str, Any]
    """Of `pymysql.connect`."""
    shown: str
    """The URL without the password."""


def execute_mysql(url: str, sql: str, limits: Limits, kept: Kept | None = None) -> Rows:
    """The rows of one SELECT on a server; see `nshot.databases.backend.Backend.execute`."""
    started = time.monotonic()
    text = gate(sql)
    limits = replace(limits, timeout=max(0.05, limits.timeout - (time.monotonic() - started)))
    if kept is not None:
        return kept.get(url, lambda: MysqlServer(url)).run(text, limits)
    with contextlib.closing(MysqlServer(url)) as server:
        return server.run(text, limits)


def read_address(url: str) -> Address:
    """The parts of a URL.

    Raises:
        OptionError: It is not a URL of a MySQL database.
    """
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError

    try:
        parts = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise OptionError("cannot read the URL; expected mysql://user:password@host/database") from error
    if not parts.database:
        raise OptionError(f"{redact(url)} names no database; expected mysql://user:password@host/database")
    arguments = {
        "host": parts.host or "localhost",
        "port": parts.port or 3306,
        "user": parts.username,
        "password": parts.password or "",
        "database": parts.database,
        "charset": "utf8mb4",
        **{name: parts.query[name] for name in _OPTIONS if name in parts.query},
    }
    return Address(arguments, redact(url))


class MysqlServer:
    """A connection to the server, for the statements of one thread."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: The database's URL.
        """
        self._address = read_address(url)
        self._open: Any = None
        self._running: Any = None
        self._ended = False

    def run(self, text: str, limits: Limits) -> Rows:
        """The rows of a statement that passed the check."""
        started = time.monotonic()
        self._open = self._open if self._is_alive(limits.timeout) else connect(self._address, limits.timeout)
        connection = self._running = self._open
        connection._read_timeout = None  # the timer below is the deadline
        expired = threading.Event()
        left = max(0.05, limits.timeout - (time.monotonic() - started))
        timer = threading.Timer(left + 0.25, _cut, (connection, expired))
        timer.daemon = True
        timer.start()
        try:
            self._refuse_ended()
            columns, rows, truncated = _run(connection, text, limits, left)
        except SqlError:
            self.close()
            raise
        except Exception as error:
            found = self._translate(error, expired.is_set())
            self._recover(found)
            raise found from error
        finally:
            timer.cancel()
            self._running = None
        return Rows(columns, rows, truncated, time.monotonic() - started)

    def _refuse_ended(self) -> None:
        if self._ended:
            raise SqlExecutionError("the session was ended")

    def _recover(self, error: NshotError) -> None:
        """After an error: an end of the transaction, or of the connection."""
        try:
            if isinstance(error, SqlExecutionError):
                self._open.rollback()
                return
        except Exception:  # noqa: BLE001, S110 - another connection is made
            pass
        self.close()

    def _is_alive(self, seconds: float) -> bool:
        if self._open is None:
            return False
        self._open._read_timeout = min(_PING, seconds)
        try:
            self._open.ping(reconnect=False)
        except Exception:  # noqa: BLE001 - whatever it is, another connection is needed
            self.close()
            return False
        return True

    def _translate(self, error: Exception, expired: bool) -> NshotError:
        if expired or self._ended:
            return SqlTimeoutError("stopped at the deadline")
        return translate(error, self._address.shown)

    def close(self) -> None:
        """Closes the connection; the next statement opens one."""
        opened, self._open = self._open, None
        if opened is not None:
            abandon(opened)

    def end(self) -> None:
        """Stop the running statement, from another thread; later statements fail."""
        self._ended = True
        if (running := self._running) is not None:
            _kill(self._address, running)
            _cut(running, threading.Event())


def connect(address: Address, timeout: float) -> Any:
    """A connection whose session is READ ONLY.

    Args:
        address: Where the database is.
        timeout: Seconds until the attempt is given up, at least 1.

    Raises:
        DatabaseNotFoundError: There is no such database.
        DataError: The server does not answer, or refuses the user.
        MissingExtraError: PyMySQL is not installed.
    """
    try:
        import pymysql
    except ImportError as error:
        raise MissingExtraError("PyMySQL, the driver of MySQL and MariaDB,", "mysql") from error
    wait = max(1.0, timeout)
    try:
        connection = _make_bounded_class()(
            **address.arguments, connect_timeout=math.ceil(wait), read_timeout=wait + 1, autocommit=True
        )
    except (pymysql.Error, OSError, ValueError, RuntimeError) as error:
        code = error.args[0] if error.args else None
        if code == _UNKNOWN_DATABASE:
            raise DatabaseNotFoundError(f"no database at {address.shown}: {_message(error)}") from error
        raise DataError(f"cannot connect to {address.shown}: {_message(error)}") from error
    connection.left = 1 << 30
    with connection.cursor() as cursor:
        wide = "group_concat_max_len = 1048576, SESSION div_precision_increment = 12"
        cursor.execute(f"SET SESSION sql_mode = '{_MODE}', SESSION {wide}")
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    return connection


@cache
def _make_bounded_class() -> Any:
    """PyMySQL's connection, which stops reading after a number of bytes."""
    from pymysql.connections import Connection

    class BoundedConnection(Connection):  # type: ignore[misc]
        left = 1 << 20

        def _read_bytes(self, num_bytes: int) -> bytes:
            self.left -= num_bytes
            if self.left < 0:
                self._force_close()
                raise SqlTooLargeError("the result is larger than the bytes that are allowed")
            return bytes(super()._read_bytes(num_bytes))

    return BoundedConnection


def _run(
    connection: Any, text: str, limits: Limits, seconds: float
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...], bool]:
    from pymysql.cursors import SSCursor

    connection.left = 1 << 20
    with connection.cursor() as cursor:
        _set_deadline(cursor, connection.get_server_info(), seconds)
        cursor.execute(_limit(limits, seconds))
        cursor.execute("START TRANSACTION READ ONLY")
    cursor = SSCursor(connection)
    connection.left = limits.max_bytes + _WIRE
    cursor.execute(text)
    if cursor.description is None:
        raise SqlExecutionError("the text contains no statement that returns rows")
    columns = tuple(column[0] for column in cursor.description)
    rows: list[tuple[Any, ...]] = []
    size = 0
    while (row := cursor.fetchone()) is not None:
        if limits.max_rows is not None and len(rows) >= limits.max_rows:
            abandon(connection)  # closing the cursor would read all the other rows
            return columns, tuple(rows), True
        size += sys.getsizeof(row) + sum(map(sys.getsizeof, row))
        if size > limits.max_bytes:
            raise SqlTooLargeError(f"the result is larger than {limits.max_bytes:,} bytes")
        rows.append(row)
    cursor.close()
    connection.rollback()
    return columns, tuple(rows), False


def _set_deadline(cursor: Any, version: str, seconds: float) -> None:
    """The server's own limit of time, if it has one: MariaDB's, or MySQL's since 5.7."""
    ways = [f"max_execution_time = {max(1, round(seconds * 1000))}", f"max_statement_time = {seconds:.3f}"]
    for way in ways[::-1] if "MariaDB" in version else ways:
        if try_setting(cursor, way):
            return


def try_setting(cursor: Any, setting: str) -> bool:
    """Whether the server knows the variable of a setting of the session, which then holds."""
    import pymysql

    try:
        cursor.execute(f"SET SESSION {setting}")
    except pymysql.Error as error:
        if error.args and error.args[0] == _UNKNOWN_VARIABLE:
            return False
        raise
    return True


def _limit(limits: Limits, seconds: float) -> str:
    """The statement that sets the limits of rows, and of waiting for locks."""
    most = 2**63 if limits.max_rows is None else limits.max_rows + 1
    wait = max(1, math.ceil(seconds))
    waits = f"lock_wait_timeout = {wait}, SESSION innodb_lock_wait_timeout = {wait}"
    return f"SET SESSION {waits}, SESSION sql_select_limit = {most}"


def abandon(connection: Any) -> None:
    """Closes a connection without reading what the server may still send."""
    if (result := connection._result) is not None:
        result.unbuffered_active = False
    connection._force_close()


def _cut(connection: Any, expired: threading.Event) -> None:
    """Ends the connection under a thread that waits for it."""
    expired.set()
    with contextlib.suppress(Exception):
        connection._sock.shutdown(socket.SHUT_RDWR)


def _kill(address: Address, connection: Any) -> None:
    """Lets the server stop the statement of a connection."""
    with contextlib.suppress(Exception), contextlib.closing(connect(address, 2.0)) as other:
        other.query(f"KILL QUERY {connection.thread_id()}")


def translate(error: Exception, shown: str) -> NshotError:
    """nshot's error for an error of the driver.

    Args:
        error: What the driver raised.
        shown: The database's URL without the password.
    """
    import pymysql

    code, message = (error.args[0] if error.args else None), _message(error)
    if code in _TIMEOUT:
        return SqlTimeoutError("stopped at the deadline")
    if code in _REFUSED:
        return SqlRefusedError(f"refused by the server: {message}")
    if code in _TOO_LARGE:
        return SqlTooLargeError(message)
    if code in _LOST or not isinstance(error, pymysql.Error) or isinstance(error, pymysql.InterfaceError):
        return DataError(f"the connection to {shown} was lost: {message}")
    return SqlExecutionError(message)


def _message(error: Exception) -> str:
    text = str(error.args[1] if len(error.args) > 1 else error).strip()
    return (text.splitlines() or [type(error).__name__])[0]
