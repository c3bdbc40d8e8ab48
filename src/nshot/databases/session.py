"""Many statements on few databases: the same walls as `execute`, and connections that stay open."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from nshot.databases.backend import Kept, Limits, Source, bind
from nshot.databases.execute import refuse_text
from nshot.types import Rows


class Session:
    """Runs statement after statement for one thread; each has its own deadline and its own verdict.

    A statement whose process had to be killed, or that hurt its connection, takes nothing from the next:
    that one gets a new process or a new connection. Use it in a `with` block.
    """

    def __init__(
        self, *, timeout: float = 10.0, max_bytes: int = 64 << 20, text_errors: str = "replace"
    ) -> None:
        """
        Args:
            timeout: Seconds until a statement is stopped.
            max_bytes: Limit of one result in bytes of Python objects, and of a single value.
            text_errors: What becomes of text that is not UTF-8, as in `bytes.decode`.

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
        """The rows of one SELECT; the text goes to the database as it stands.

        So one semicolon may end the statement, and only white space and comments may follow it.

        Args:
            database: A file or a URL, as for `nshot.databases.execute`.
            sql: One SELECT, WITH ... SELECT or VALUES.
            max_rows: Rows returned at most; None for all.

        Raises:
            SqlError, DatabaseNotFoundError, DataError: As `nshot.databases.execute`.
        """
        refuse_text(sql)
        return bind(database).execute(sql, replace(self._limits, max_rows=max_rows), self._kept)

    def close(self) -> None:
        """Closes what is open; the session may be used again."""
        self._kept.close()

    def end(self) -> None:
        """Stops the statement that another thread has under way; the session is of no use any more."""
        self._kept.end()
