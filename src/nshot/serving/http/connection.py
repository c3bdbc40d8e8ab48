"""Requests whose client may go away: the work ends with the connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send

from nshot.serving.errors import RequestError, as_request_error, bad_request

T = TypeVar("T")
KEEP_ALIVE = 15.0
"""Seconds of silence after which a stream sends a comment."""
HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)


class ClientGoneError(Exception):
    """The client closed the connection; nobody reads an answer."""


async def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        RequestError: The body is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestError(
            415, "send the body with `Content-Type: application/json`", "unsupported_media_type"
        )
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not JSON; send a JSON object", code="invalid_json") from error
    if not isinstance(body, dict):
        raise bad_request("the body must be a JSON object", code="invalid_json")
    return body


async def until_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns; it is cancelled if the client goes away before.

    Raises:
        ClientGoneError: The client went away.
    """
    task, gone = asyncio.ensure_future(work), asyncio.ensure_future(_wait_until_gone(receive))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGoneError
        return task.result()
    finally:
        await _end(task, gone)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError, Exception):
            await task


class EventStream:
    """A response of server-sent events; an ASGI application."""

    def __init__(self, chunks: AsyncIterator[str], *, error_chunk: Any = None) -> None:
        """
        Args:
            chunks: The text of the stream, in whole events.
            error_chunk: Makes the last event of a `RequestError`.
        """
        self._chunks, self._error_chunk = chunks, error_chunk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
        await until_gone(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        waiting: asyncio.Future[str] | None = None
        try:
            while True:
                waiting = waiting or asyncio.ensure_future(anext(self._chunks))
                done, _ = await asyncio.wait((waiting,), timeout=KEEP_ALIVE)
                if not done:
                    await _send_text(send, ": keep-alive\n\n")
                    continue
                finished, waiting = waiting, None
                try:
                    text = finished.result()
                except StopAsyncIteration:
                    break
                except Exception as error:  # noqa: BLE001
                    # The stream has begun: it can only tell.
                    await _send_text(send, self._error_chunk(as_request_error(error)))
                    break
                await _send_text(send, text)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if waiting is not None:
                await _end(waiting)
            close = getattr(self._chunks, "aclose", None)
            if close is not None:
                await close()


async def _send_text(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
