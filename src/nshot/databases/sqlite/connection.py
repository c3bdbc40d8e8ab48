"""Connections to SQLite files in the sandbox's child process: settings, limits, what a statement
may do.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Final

from nshot.databases.processes.messages import DISTINCT, Request
from nshot.databases.sqlite import printf
from nshot.databases.sqlite.file import File
from nshot.databases.sqlite.journal import copy_rolled_back, copy_with_log
from nshot.databases.sqlite.names import quote

HEAP: Final = 512 << 20
"""Bytes of memory that SQLite may use for sorting, grouping, compiling and its caches."""

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
_KEPT: Final = 200
"""Maximum number of connections that are kept: enough for all files of a test suite in turn."""
_KEPT_BYTES: Final = 64 << 20
"""Size of their files together."""
# One line of defence each: no writes; no temporary files; damaged pages are noticed; no mapping of a file
# that another process may shorten (SIGBUS). The schema is trusted: before SQLite 3.41 JSON functions count as
# unsafe, and a file with a generated column or an index over one could not be read at all. What a schema
# must not call is not callable: see `_deny_functions`.
_SETTINGS: Final = (
    "query_only = ON",
    "trusted_schema = ON",
    "temp_store = MEMORY",
    "cell_size_check = ON",
    "mmap_size = 0",
)
_MODULES: Final = ("json_each", "json_tree")
_ROLLBACK: Final = sqlite3.SQLITE_READONLY | (3 << 8)
"""SQLITE_READONLY_ROLLBACK: a crashed writer left a journal."""


class Keeper:
    """Connections that stay open between requests; a connection that a statement damaged is not
    kept.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[File, Request], sqlite3.Connection] = {}

    @contextlib.contextmanager
    def connection(self, file: File, request: Request) -> Iterator[sqlite3.Connection]:
        """A connection for this request: a kept one if it fits, otherwise a new one."""
        # The key has the file's state, so a changed file gets a new connection.
        if not _may_be_kept(file, request):
            with contextlib.closing(_connect(file, request)) as connection:
                yield connection
            return
        key = (file, request._replace(sql="", timeout=0, max_rows=None, arguments=()))
        # Taken out and put in again: the order of the dictionary is that of use, oldest first.
        kept = self._open.pop(key, None)
        self._open[key] = _connect(file, request) if kept is None else _use_again(kept, request)
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
    """Whether the connection can be reused: not after printf or json_each, nor with a log that
    grows.
    """
    own = printf.MENTIONED.search(request.sql) or "json_" in request.sql.lower()
    return request.keep and not own and (file.copied or not file.log)


def _use_again(connection: sqlite3.Connection, request: Request) -> sqlite3.Connection:
    connection.set_authorizer(None)  # the caller sets it again; until then, only this statement runs
    connection.execute(f"PRAGMA busy_timeout = {int(request.timeout * 1000)}")
    return connection


def _connect(file: File, request: Request) -> sqlite3.Connection:
    """A connection that has read the schema once, so that later errors belong to the statement."""
    connection = _open(file, request)
    try:
        try:
            _prepare(connection)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", None) != _ROLLBACK:
                raise
            connection.close()
            connection = copy_rolled_back(file.path)
            _prepare(connection)
        if sys.version_info >= (3, 12):
            connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        # No value longer than the whole result may be; no ATTACH at all; no threads beside this one.
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(request.max_bytes, HEAP))
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
        if request.sql:
            _connect_modules(connection, request.sql)
        connection.text_factory = bytes if request.work == DISTINCT else _decoder(request.text_errors)
    except BaseException:
        connection.close()
        raise
    return connection


def _open(file: File, request: Request) -> sqlite3.Connection:
    if file.copied:
        return copy_with_log(file.path)
    return sqlite3.connect(
        file.uri, uri=True, timeout=request.timeout, isolation_level=None, cached_statements=0
    )


def _prepare(connection: sqlite3.Connection) -> None:
    for setting in _SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    _deny_functions(connection)
    connection.text_factory = _decoder("replace")
    read_definitions(connection)


def _deny_functions(connection: sqlite3.Connection) -> None:
    """Put functions that raise in the place of the denied ones.

    The authorizer is not asked about functions in generated columns and indexes: SQLite resolves
    their names while it reads the schema, when no authorizer is asked. SQLite marks the denied
    functions as "direct only", too, so that a schema cannot use them whatever it is trusted with.
    """

    def deny(*_: object) -> None:
        raise PermissionError

    for name in _DENIED_FUNCTIONS:
        for count in (-1, 1, 2):  # those of SQLite have one argument or two
            connection.create_function(name, count, deny)


def read_definitions(connection: sqlite3.Connection) -> None:
    """Let SQLite read the definitions of all tables; definitions that it cannot parse are skipped.

    Without this, a single CREATE statement of a newer SQLite would make every statement on the file
    fail. The pragma allows no writes, because the file is opened read-only.
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
    """Load virtual tables now: SQLite declares their columns by CREATE TABLE, which is denied
    later.
    """
    for module in _MODULES if "json_" in sql.lower() else ():
        load_module(connection, f"{module}('[]')")
    virtual = "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage = 0"
    for (name,) in connection.execute(virtual).fetchall():
        if isinstance(name, str):
            load_module(connection, quote(name))


def load_module(connection: sqlite3.Connection, table: str) -> None:
    """Load the module of a virtual table or a table-valued function, if it can be loaded."""
    with contextlib.suppress(sqlite3.DatabaseError, UnicodeDecodeError):
        connection.execute(f"SELECT 1 FROM {table} LIMIT 0").fetchall()  # noqa: S608


def load_json_modules(connection: sqlite3.Connection) -> None:
    """Load the table-valued functions of JSON, whatever the statement says."""
    _connect_modules(connection, "json_")


def authorizer(
    denied: list[str],
) -> Callable[[int, str | None, str | None, str | None, str | None], int]:
    """SQLite's authorizer callback, called at compile time; the first reason for a refusal goes to
    `denied`.

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
