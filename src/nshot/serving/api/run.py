"""`POST /api/run`: SQL of a person, run by the one sandbox."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from nshot.databases import execute
from nshot.errors import NshotError, SqlError
from nshot.serving.api.ask import read_text
from nshot.serving.cells import rows_to_json
from nshot.serving.connection import read_json
from nshot.serving.errors import RequestError, as_request_error
from nshot.serving.service import Service
from nshot.types import Rows

AT_ONCE = 8
"""Statements that requests may have running at the same time; further ones get status 429."""


class SqlRunner:
    """Runs SQL for requests, a bounded number at a time, without blocking the event loop."""

    def __init__(self, service: Service) -> None:
        """
        Args:
            service: Its databases are asked, within its limits.
        """
        self._service, self._running = service, 0

    async def run(self, sql: str, db_id: str) -> Rows:
        """The rows of one SELECT.

        Raises:
            RequestError: Too many run already, or the database has no rows to ask for.
            SqlError: As `nshot.databases.execute`.
        """
        source = self._service.catalog.path(db_id)
        if source is None:
            raise RequestError(400, f"of {db_id} only the schema is known: no SQL can be run", "no_database")
        if self._running >= AT_ONCE:
            raise RequestError(
                429,
                f"{AT_ONCE} statements are running, which is the most; try again later",
                "queue_full",
                kind="rate_limit_error",
                headers={"Retry-After": "1"},
            )
        limits = self._service.pipeline_config.execution

        def run() -> Rows:
            return execute(source, sql, timeout=limits.timeout, max_rows=limits.max_rows)

        self._running += 1
        try:
            return await anyio.to_thread.run_sync(run)
        finally:
            self._running -= 1


async def run_sql(service: Service, runner: SqlRunner, request: HttpRequest) -> JSONResponse:
    """The rows of the SQL in a request."""
    body = await read_json(request)
    sql, db_id = read_text(body, "sql"), service.database(read_text(body, "db_id"))
    note: dict[str, Any] = request.state.note
    note["db_id"] = db_id
    try:
        rows = await runner.run(sql, db_id)
    except SqlError as error:
        if error.kind == "refused":
            service.metrics.refusals.labels("sql").inc()
        raise as_request_error(error) from error
    except NshotError as error:
        raise as_request_error(error) from error
    return JSONResponse(rows_to_json(rows))
