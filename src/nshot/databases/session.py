"""Run many statements on few databases, with the checks of `execute` and with connections that stay
open.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from nshot.databases.backend import Kept, Limits, Source, bind
from nshot.databases.execute import refuse_text
from nshot.types import Rows


class Session:
    """Runs statements one after another for one thread; each has its own deadline and its own
    error.

    After a statement whose process was killed or that damaged its connection, the next statement
    gets a new process or a new connection. Use it in a `with` block.
    """

    def __init__(
        self, *, timeout: float = 10.0, max_bytes: int = 64 << 20, text_errors: str = "replace"
    ) -> None:
        """
        Args:
            timeout: Seconds until a statement is stopped.
            max_bytes: Limit of one result in bytes of Python objects, and of a single value.
            text_errors: How text that is not UTF-8 is decoded, as in `bytes.decode`.

        Raises:
            OptionError: An argument is out of range.
        """
        self._limits = Limits(timeout, None, max_bytes, text_errors)
        self._kept = Kept()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, database: Source, sql: str, max_rows: int | None = None) -> Rows:
        """The rows of one SELECT; the text is passed to the database unchanged.

        A statement may therefore end with one semicolon, followed only by white space and comments.

        Args:
            database: A file or a URL, as in `nshot.databases.execute`.
            sql: One SELECT, WITH ... SELECT or VALUES.
            max_rows: Most rows that are returned; None for all.

        Raises:
            SqlError, DatabaseNotFoundError, DataError: As in `nshot.databases.execute`.
        """
        refuse_text(sql)
        return bind(database).execute(sql, replace(self._limits, max_rows=max_rows), self._kept)

    def close(self) -> None:
        """Close what is open; the session can be used again."""
        self._kept.close()

    def end(self) -> None:
        """Stop the statement that another thread is running; the session cannot be used
        afterwards."""
        self._kept.end()
