"""What happens to every request: an id, a line in the log, a count, and no traceback for the
client.
"""

from __future__ import annotations

import re
import secrets
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nshot.serving.errors import as_request_error
from nshot.serving.http.connection import ClientGoneError
from nshot.serving.log import JsonLog
from nshot.serving.metrics import Metrics

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
GONE = 499
"""Status in log and metrics of a request whose client went away."""
QUIET = frozenset({"/health", "/metrics"})
"""Routes that are asked for all the time, and are counted without a line in the log."""
HEADERS = {
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
"""Of each response that has no other ones: no cache keeps an answer, and no other site embeds one.
"""
METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})


class Access:
    """The outermost middleware. Routes are logged as patterns: a path or a query may hold a
    question.
    """

    def __init__(self, app: ASGIApp, *, log: JsonLog, metrics: Metrics) -> None:
        """
        Args:
            app: What answers.
            log: Gets a line for each request.
            metrics: Counts them.
        """
        self._app, self._log, self._metrics = app, log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        request_id = _request_id(Headers(scope=scope))
        note: dict[str, Any] = {}
        scope.setdefault("state", {}).update(note=note, request_id=request_id)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientGoneError:
            note.setdefault("outcome", "cancelled")
            status = GONE
        except Exception as error:  # noqa: BLE001
            # The client gets an error without details, the log gets the place without the text.
            self._log.fault(error, request_id=request_id)
            if not status:
                answer = as_request_error(error)
                await JSONResponse(answer.body(), answer.status)(scope, receive, send_with_id)
        finally:
            self._record(scope, request_id, status, perf_counter() - begun, note)

    def _record(
        self, scope: Scope, request_id: str, status: int, seconds: float, note: dict[str, Any]
    ) -> None:
        route = getattr(scope.get("route"), "path", "unknown")
        method = scope["method"] if scope["method"] in METHODS else "other"
        note.setdefault("outcome", scope["state"].get("outcome"))
        self._metrics.requests.labels(route, method, str(status)).inc()
        if route in QUIET:
            return
        self._log(
            "request",
            request_id=request_id,
            method=method,
            route=route,
            status=status,
            seconds=round(seconds, 4),
            **note,
        )


def _request_id(headers: Headers) -> str:
    """The client's own id if it is harmless, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _ID.fullmatch(given) else secrets.token_hex(8)
