"""Compile SQL against empty tables; runs in the sandbox's child process."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from typing import Final

from nshot.databases.processes.messages import Reply, Request
from nshot.databases.sqlite.connection import HEAP, authorizer, load_json_modules
from nshot.databases.sqlite.names import quote

MADE: Final = "tables"
"""Kind of the reply if SQLite cannot make the tables."""
_KEPT: Final = 8
"""Sets of tables that are kept."""


class Compiler:
    """Empty databases in memory, kept between requests."""

    def __init__(self) -> None:
        self._made: dict[object, sqlite3.Connection] = {}

    def run(self, request: Request) -> Reply:
        """`rows` if the statement compiles, else why it does not; see `COMPILE` in `messages`."""
        connection = self._made.pop(request.arguments, None)
        try:
            connection = connection or _make(request.arguments)
        except sqlite3.Error as error:
            return Reply(MADE, str(error))
        self._made[request.arguments] = connection
        while len(self._made) > _KEPT:
            self._made.pop(next(iter(self._made))).close()
        denied: list[str] = []
        connection.set_authorizer(authorizer(denied))
        try:
            connection.execute("EXPLAIN " + request.sql).close()
        except MemoryError:
            return Reply("too large", f"compiling the statement needs more memory than {HEAP:,} bytes")
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return Reply("error", f"not authorized: {denied[0]}" if denied else str(error))
        return Reply("rows")


def _make(tables: Sequence[tuple[str, Sequence[str]]]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
    with contextlib.ExitStack() as undo:
        undo.callback(connection.close)
        for name, columns in tables:
            listed = ", ".join(map(quote, columns))
            connection.execute(f"CREATE TABLE {quote(name)} ({listed})")
        # SQLite declares their columns by CREATE TABLE, which is denied later
        load_json_modules(connection)
        undo.pop_all()
    return connection
