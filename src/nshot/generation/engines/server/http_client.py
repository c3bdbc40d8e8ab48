"""Requests to one server: each has one deadline, and each answer one limit."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.errors import EngineError
from nshot.generation.engines.server.http_body import (
    ACCEPTED,
    MAX_BYTES,
    AnswerTooLargeError,
    BoundedBody,
    BrokenBodyError,
    decode,
)
from nshot.generation.engines.server.http_requests import CancellableRequests, Deadline
from nshot.generation.engines.server.http_retry import Retry, describe
from nshot.redaction import redact
from nshot.timer import call_after

if TYPE_CHECKING:
    import httpx

    from nshot.generation.cancellation import Cancellation
    from nshot.generation.engines.server.address import ServerAddress

_LOG = logging.getLogger(__name__)
PATIENCE = 5.0
"""Seconds after which a message says that a server is slow."""


class ServerReply(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    text: str

    def close(self) -> None:
        """Nothing: all of it was read."""


class OpenReply:
    """An answer whose body is still to come; close it."""

    def __init__(
        self,
        response: httpx.Response,
        requests: CancellableRequests,
        deadline: Deadline,
        cancellation: Cancellation | None,
    ) -> None:
        self._response, self._requests = response, requests
        self._deadline, self._cancellation = deadline, cancellation
        self._raw = response.aiter_raw()
        self.status, self.headers = response.status_code, response.headers

    def pieces(self, limit: int) -> Iterator[bytes]:
        """Yields the body, decompressed, as it comes.

        Raises:
            AnswerTooLargeError, BrokenBodyError: The body cannot be read.
            httpx.TransportError: The connection breaks off, or the deadline is over.
        """
        body = BoundedBody(self.headers.get("content-encoding", ""), limit)

        async def read_on(_: httpx.AsyncClient) -> bytes | None:
            return await anext(self._raw, None)

        while (piece := self._requests.call(read_on, self._deadline, self._cancellation)) is not None:
            yield body.feed(piece)
        body.end()

    def read(self, limit: int) -> ServerReply:
        """The whole answer."""
        data = b"".join(self.pieces(limit))
        return ServerReply(self.status, self.headers, decode(data, self.headers.get("content-type", "")))

    def close(self) -> None:
        """Closes the answer; the connection, too, where bytes are left on it."""

        async def close(_: httpx.AsyncClient) -> None:
            await self._response.aclose()

        self._requests.call(close, Deadline(PATIENCE))


class HttpClient:
    """Keeps connections to a server open from one request to the next. Safe for several threads."""

    def __init__(
        self,
        address: ServerAddress,
        key: str,
        *,
        connections: int,
        timeout: float,
        retry: Retry,
        limit: int = MAX_BYTES,
    ) -> None:
        """
        Args:
            address: The server.
            key: API key; empty: none is sent.
            connections: Most requests at the same time.
            timeout: Seconds for a request with all its tries and waits.
            retry: When and how often to try again.
            limit: Most bytes of an answer, decompressed.
        """
        import httpx

        headers = {"accept-encoding": ACCEPTED, "content-type": "application/json"}
        if key and address.auth is None:
            headers["authorization"] = f"Bearer {key}"
        self._requests = CancellableRequests(
            base_url=address.base,
            auth=address.auth,
            params=list(address.query),
            headers=headers,
            timeout=None,
            limits=httpx.Limits(max_connections=connections),
        )
        logging.getLogger("httpx").addFilter(_without_secrets)  # it logs whole addresses
        self.host, self.timeout = address.host, timeout
        self._retry, self._limit = retry, limit
        self._has_told = False

    def get(self, path: str) -> ServerReply:
        """The answer to a GET request.

        Raises:
            EngineError: There is none in time, or it is too large.
        """
        return self._request("GET", path, None, None)

    def post(
        self, path: str, body: Mapping[str, Any], cancellation: Cancellation | None = None
    ) -> ServerReply:
        """The answer to a JSON body.

        Raises:
            AnswerCancelledError: The flag is set; the connection is closed.
            EngineError: There is no answer in time, or it is too large.
        """
        return self._request("POST", path, body, cancellation)

    @contextmanager
    def stream(
        self, path: str, body: Mapping[str, Any], cancellation: Cancellation | None = None
    ) -> Iterator[tuple[int, Iterator[bytes]]]:
        """Status and body of the answer to a JSON body, as it comes. Tries again only until it
        begins.

        Raises:
            AnswerCancelledError: The flag is set; the connection is closed.
            EngineError: There is no answer in time, or it breaks off or is too large.
        """
        deadline = Deadline(self.timeout)

        def request() -> OpenReply:
            return self._open("POST", path, body, deadline, cancellation)

        reply = self._retry.send(request, deadline, self.host, cancellation)
        try:
            with self._readable(deadline):
                yield reply.status, reply.pieces(self._limit)
        finally:
            reply.close()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Tells a person, after a while and once, that the server is waited for, and how long at
        most.
        """
        with call_after(PATIENCE, self._tell_waiting):
            yield

    def _tell_waiting(self) -> None:
        if not self._has_told:
            self._has_told = True
            _LOG.warning("waiting for %s, at most %g s for a request", self.host, self.timeout)

    def _request(
        self, method: str, path: str, body: Mapping[str, Any] | None, cancellation: Cancellation | None
    ) -> ServerReply:
        deadline = Deadline(self.timeout)

        async def act(client: httpx.AsyncClient) -> ServerReply:
            response = await client.send(_build(client, method, path, body), stream=True)
            try:
                bounded = BoundedBody(response.headers.get("content-encoding", ""), self._limit)
                data = b"".join([bounded.feed(piece) async for piece in response.aiter_raw()])
                bounded.end()
            finally:
                await response.aclose()
            text = decode(data, response.headers.get("content-type", ""))
            return ServerReply(response.status_code, response.headers, text)

        def request() -> ServerReply:
            return self._requests.call(act, deadline, cancellation)

        with self._askable(), self._readable():
            return self._retry.send(request, deadline, self.host, cancellation)

    def _open(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        deadline: Deadline,
        cancellation: Cancellation | None,
    ) -> OpenReply:
        async def act(client: httpx.AsyncClient) -> httpx.Response:
            return await client.send(_build(client, method, path, body), stream=True)

        with self._askable():
            response = self._requests.call(act, deadline, cancellation)
        return OpenReply(response, self._requests, deadline, cancellation)

    @contextmanager
    def _askable(self) -> Iterator[None]:
        """Errors of an address that no connection can be made to."""
        import httpx

        try:
            yield
        except (UnicodeError, OverflowError, httpx.InvalidURL, httpx.StreamError) as error:
            raise EngineError(f"{self.host} cannot be asked: {describe(error)}; check the address") from error

    @contextmanager
    def _readable(self, deadline: Deadline | None = None) -> Iterator[None]:
        """Errors of an answer that began and cannot be read."""
        import httpx

        try:
            yield
        except AnswerTooLargeError:
            raise EngineError(
                f"the answer of {self.host} is larger than the {self._limit >> 20} MB that are allowed; "
                "check the address"
            ) from None
        except BrokenBodyError as error:
            raise EngineError(
                f"the answer of {self.host} cannot be read: {error}; check the address, or ask again"
            ) from error
        except httpx.TimeoutException as error:
            raise EngineError(
                f"the answer of {self.host} was not complete within {deadline:g} s; raise `request_timeout`"
            ) from error
        except httpx.TransportError as error:
            raise EngineError(
                f"the stream from {self.host} broke off: {describe(error)}; ask again"
            ) from error


def _build(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None
) -> httpx.Request:
    return client.build_request(method, path, content=None if body is None else json.dumps(body).encode())


def _without_secrets(record: logging.LogRecord) -> bool:
    record.msg, record.args = redact(record.getMessage()), None
    return True
