"""Who may ask: the host name, the page's origin, the key, and the size and pace of a body.

A pure ASGI middleware in front of all routes. On loopback the danger is the browser: a page of
another site may send requests to the server, so their origin is checked. Or its host name may be
made to resolve to this machine (DNS rebinding), so the host name is checked.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import re
from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nshot.serving.errors import RequestError
from nshot.serving.http.connection import ClientGoneError
from nshot.serving.metrics import Metrics

DRAINED = 8_000_000
"""Bytes of a body that is too long which are read and dropped, at most."""
DRAIN_SECONDS = 2.0
"""Seconds for which they are waited for, at most."""
GUARDED = re.compile(r"/(?:v1|api|mcp)(?:/|$)")
"""Paths that need the key, and that no foreign page may ask for."""
OPEN = ("/api/info",)
"""Guarded paths that tell without the key that one is needed."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
SAME_SITE = frozenset({"same-origin", "none"})


class Guard:
    """Refuses requests before any endpoint sees them."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        key: str | None = None,
        hosts: Sequence[str] = (),
        any_address: bool = False,
        max_body: int = 1_000_000,
        body_timeout: float = 10.0,
    ) -> None:
        """
        Args:
            app: What is guarded.
            metrics: Counts refusals.
            key: The bearer token; None asks for none.
            hosts: Names under which the server may be asked for, beside those of this machine.
            any_address: Whether every IP address is such a name: a rebound name is none.
            max_body: Bytes.
            body_timeout: Seconds until a body must be there.
        """
        self._app, self._metrics = app, metrics
        self._key = None if key is None else key.encode()
        self._hosts = LOCAL | {_name_of(host) for host in hosts}
        self._any_address = any_address
        self._max_body, self._body_timeout = max_body, body_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
            messages = await self._read(scope, headers, receive)
        except RequestError as error:
            self._metrics.refusals.labels(error.code).inc()
            scope.setdefault("state", {})["outcome"] = error.code
            await JSONResponse(error.body(), error.status, error.headers)(scope, receive, send)
            return
        await self._app(scope, _replay(messages, receive), send)

    def is_authorised(self, headers: Headers) -> bool:
        """Whether the request has the key; compared in constant time, as the bytes that were
        sent."""
        if self._key is None:
            return True
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode("latin-1"), self._key)

    def _check(self, scope: Scope, headers: Headers) -> None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise RequestError(
                403,
                "this server is not known by the host name of the request; start it with --allow-host NAME",
                "foreign_host",
            )
        authorised = self.is_authorised(headers)
        scope.setdefault("state", {})["authorised"] = authorised
        path = scope["path"]
        if not GUARDED.match(path):
            return
        if not _is_same_origin(headers, hosts[0]):
            raise RequestError(
                403,
                "requests from pages of other sites are refused; use the server's own page, or a program",
                "foreign_origin",
            )
        if not authorised and path not in OPEN:
            raise RequestError(
                401,
                "the API key is missing or wrong; send it as `Authorization: Bearer KEY`",
                "invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )

    def _is_ours(self, host: str) -> bool:
        name = _name_of(host)
        if name in self._hosts:
            return True
        return self._any_address and _is_address(name)

    async def _read(self, scope: Scope, headers: Headers, receive: Receive) -> list[Message]:
        """The whole body, within its limits."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return []
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._max_body:
            await _drain(receive)
            raise self._too_large()
        try:
            async with asyncio.timeout(self._body_timeout):
                return await self._read_all(receive)
        except TimeoutError as error:
            raise RequestError(
                408,
                f"the body did not arrive within {self._body_timeout:g} seconds; send it again",
                "body_timeout",
                headers={"Connection": "close"},
            ) from error

    async def _read_all(self, receive: Receive) -> list[Message]:
        messages: list[Message] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            messages.append(message)
            size += len(message.get("body", b""))
            if size > self._max_body:
                if message.get("more_body"):
                    await _drain(receive)
                raise self._too_large()
            if not message.get("more_body"):
                return messages

    def _too_large(self) -> RequestError:
        return RequestError(
            413,
            f"the body is longer than {self._max_body} bytes; send less",
            "body_too_large",
            headers={"Connection": "close"},
        )


async def _drain(receive: Receive) -> None:
    """Read on for a moment: the refusal is lost to a client that still sends when it is cut off."""
    left = DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return


def _name_of(host: str) -> str:
    """The name in a Host header, without the port and without the brackets of IPv6."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_same_origin(headers: Headers, host: str) -> bool:
    """Whether no page of another site sent the request: programs send neither header."""
    if headers.get("sec-fetch-site", "none") not in SAME_SITE:
        return False
    origin = headers.get("origin")
    return origin is None or origin.lower() in (f"http://{host}".lower(), f"https://{host}".lower())


def _replay(messages: list[Message], receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, then what comes."""
    waiting = list(messages)

    async def replay() -> Message:
        return waiting.pop(0) if waiting else await receive()

    return replay
