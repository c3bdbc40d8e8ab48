"""`POST /api/run`: SQL of a person, run by the one sandbox."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from nshot.errors import SqlRefusedError
from nshot.serving.api.ask import read_text
from nshot.serving.cells import rows_to_json
from nshot.serving.http.connection import read_json, until_gone
from nshot.serving.service import Service


async def run_sql(service: Service, request: HttpRequest) -> JSONResponse:
    """The rows of the SQL in a request."""
    body = await read_json(request)
    sql, db_id = read_text(body, "sql"), service.database(read_text(body, "db_id"))
    note: dict[str, Any] = request.state.note
    note["db_id"] = db_id
    try:
        rows = await until_gone(request.receive, service.sql.run(sql, db_id))
    except SqlRefusedError:
        service.metrics.refusals.labels("sql").inc()
        raise
    return JSONResponse(rows_to_json(rows))
