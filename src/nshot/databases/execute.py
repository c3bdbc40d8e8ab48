"""Run untrusted SQL in a sandbox: the checks and limits common to all kinds of databases."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from nshot.databases.backend import Kept, Limits, Source, bind
from nshot.errors import SqlRefusedError
from nshot.sql import MAX_CHARACTERS, scan
from nshot.types import Rows

_STATEMENTS: Final = frozenset(
    """alter analyze attach begin call checkpoint cluster commit copy create deallocate declare delete detach
    discard do drop end execute explain fetch grant import insert listen load lock merge move notify pragma
    prepare refresh reindex release replace reset revoke rollback savepoint set show truncate unlisten update
    upsert use vacuum""".split()
)
"""First words of statements that are not queries; the error message names them."""

_QUERY: Final = re.compile(r"\s*(?:select|with|values)\b", re.IGNORECASE)
"""How nearly all queries begin; other texts are checked more closely."""


OnCancel = Callable[[Callable[[], object]], AbstractContextManager[None]]
"""Registers a function, for as long as the context lasts, that is called when nobody wants the rows
any more; such as `Cancellation.calling`."""


def execute(
    database: Source,
    sql: str,
    *,
    timeout: float = 10.0,
    max_rows: int | None = 10_000,
    max_bytes: int = 64 << 20,
    text_errors: str = "replace",
    on_cancel: OnCancel | None = None,
) -> Rows:
    """The rows of one SELECT, run read-only; the only function of nshot that runs untrusted SQL.

    Args:
        database: A SQLite file, or a URL: `sqlite:///file`, `postgresql://...`.
        sql: One SELECT, WITH ... SELECT or VALUES.
        timeout: Seconds until the statement is stopped.
        max_rows: Most rows that are returned (`Rows.truncated` tells whether there were more); None
            for all.
        max_bytes: Limit of the result in bytes of Python objects, and of a single value.
        text_errors: How text in a SQLite file that is not UTF-8 is decoded, as in `bytes.decode`.
        on_cancel: Lets another thread stop the statement before the deadline.

    Raises:
        SqlRefusedError: The statement is not allowed, or there is no statement; nothing was
            changed.
        SqlTimeoutError: It did not finish before the deadline.
        SqlTooLargeError: The result, one value or the working memory exceeded its limit.
        SqlExecutionError: The database rejected the statement, or it was stopped by `on_cancel`.
        DatabaseNotFoundError: There is no such database; none is created.
        DataError: The database cannot be read.
        OptionError: An argument is out of range, or the kind of database is not supported.
    """
    limits = Limits(timeout, max_rows, max_bytes, text_errors)
    refuse_text(sql)
    if on_cancel is None:
        return bind(database).execute(sql, limits)
    kept = Kept(once=True)

    def stop() -> None:
        # In a thread: a server is asked over the network to stop, and who cancels must not wait for it.
        threading.Thread(target=kept.end, name="nshot-stop-sql", daemon=True).start()

    try:
        with on_cancel(stop):
            return bind(database).execute(sql, limits, kept)
    finally:
        kept.close()


def refuse_text(sql: str) -> None:
    """Refuse texts that can be refused without a database; each backend checks the rest."""
    if "\x00" in sql:
        raise SqlRefusedError("refused: the text contains a NUL character")
    if len(sql) > MAX_CHARACTERS:
        raise SqlRefusedError(f"refused: SQL of {len(sql):,} characters, at most {MAX_CHARACTERS:,} are run")
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise SqlRefusedError(f"refused: the text is not valid Unicode ({error.reason})") from error
    if _QUERY.match(sql):
        return
    first = next((token.text for token in scan(sql) if token.text != ";"), "")
    if not first:
        raise SqlRefusedError("refused: the text contains no statement")
    if first in _STATEMENTS:
        raise SqlRefusedError(f"refused: {first.upper()} is not allowed, only SELECT, WITH or VALUES")
