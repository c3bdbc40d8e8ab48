"""Many statements on few databases: the same walls as `execute`, and connections that stay open."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from nshot.databases.execute import check_limits, refuse_text
from nshot.databases.sqlite import sandbox
from nshot.databases.sqlite.execute import absolute, rows_of
from nshot.databases.sqlite.worker import Request
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
        check_limits(timeout, None, max_bytes, text_errors)
        self._limits = timeout, max_bytes, text_errors
        self._session = sandbox.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, database: Path, sql: str, max_rows: int | None = None) -> Rows:
        """The rows of one SELECT on a SQLite file; the text goes to SQLite as it stands.

        So one semicolon may end the statement, and only white space and comments may follow it.

        Raises:
            SqlError, DatabaseNotFoundError, DataError: As `nshot.databases.execute`.
        """
        timeout, max_bytes, text_errors = self._limits
        refuse_text(sql)
        request = Request(absolute(database), sql, timeout, max_rows, max_bytes, text_errors, keep=True)
        return rows_of(self._session.run(request), database)

    def close(self) -> None:
        """Closes what is open; the session may be used again."""
        self._session.close()

    def end(self) -> None:
        """Stops the statement that another thread has under way; the session is of no use any more."""
        self._session.end()
