"""SQL of requests, run by the one sandbox, a bounded number of statements at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio.to_thread

from nshot.databases import execute
from nshot.generation import Cancellation
from nshot.serving.errors import RequestError
from nshot.types import Rows

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.pipeline import Execution

AT_ONCE = 8
"""Statements that requests may have running at the same time; further ones get status 429."""


class SqlRunner:
    """Runs SQL without blocking the event loop, in which its methods are called."""

    def __init__(self, catalog: Catalog, limits: Execution) -> None:
        """
        Args:
            catalog: Knows the databases.
            limits: Of time and rows.
        """
        self._catalog, self._limits, self._running = catalog, limits, 0

    async def run(self, sql: str, db_id: str) -> Rows:
        """The rows of one SELECT; the statement is stopped if the caller is cancelled.

        Args:
            sql: Of a person or of a verified pair.
            db_id: A database that is served.

        Raises:
            RequestError: Too many run already, or the database has no rows to ask for.
            SqlError: As `nshot.databases.execute`.
        """
        source = self._catalog.path(db_id)
        if source is None:
            raise RequestError(
                400,
                f"only the schema of {db_id} is known, so no SQL can be run; start the "
                "server with its file or URL",
                "no_database",
            )
        if self._running >= AT_ONCE:
            raise RequestError(
                429,
                f"{AT_ONCE} statements are running, which is the most; try again later",
                "queue_full",
                kind="rate_limit_error",
                headers={"Retry-After": "1"},
            )

        gone = Cancellation()

        def run() -> Rows:
            limits = self._limits
            return execute(
                source, sql, timeout=limits.timeout, max_rows=limits.max_rows, on_cancel=gone.calling
            )

        self._running += 1
        try:
            # The thread is left behind only for as long as it takes to stop the statement.
            return await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
        finally:
            gone.cancel()
            self._running -= 1
