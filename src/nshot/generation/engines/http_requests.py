"""POST requests that another thread can close while they wait for the answer."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import CancelledError
from contextlib import nullcontext
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any

from nshot.errors import AnswerCancelledError

if TYPE_CHECKING:
    import httpx

    from nshot.generation.cancellation import Cancellation

_CLOSING = 5.0
"""Seconds that the thread gets to close its connections."""


class CancellableRequests:
    """Sends requests from an event loop in a thread of its own, which starts with the first request.

    A thread that waits for a socket cannot be stopped; a task of an event loop can, and closes its
    connection then, so that the server stops writing.
    """

    def __init__(self, **options: Any) -> None:
        """
        Args:
            options: Of `httpx.AsyncClient`.
        """
        self._options = options
        self._started = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    def post(self, path: str, body: dict[str, Any], cancellation: Cancellation | None) -> httpx.Response:
        """The response, read to its end.

        Raises:
            AnswerCancelledError: The flag is set; the connection is closed.
            httpx.TransportError: There is no connection, or no answer in time.
        """
        loop, client = self._start()
        if cancellation is not None:
            cancellation.check()
        future = asyncio.run_coroutine_threadsafe(client.post(path, json=body), loop)
        try:
            with cancellation.calling(future.cancel) if cancellation is not None else nullcontext():
                return future.result()
        except CancelledError:
            raise AnswerCancelledError from None
        except BaseException:  # such as Ctrl-C while it waits
            future.cancel()
            raise

    def _start(self) -> tuple[asyncio.AbstractEventLoop, httpx.AsyncClient]:
        import httpx

        with self._started:
            if self._loop is None or self._client is None:
                self._loop, self._client = asyncio.new_event_loop(), httpx.AsyncClient(**self._options)
                both = (self._loop, self._client)
                thread = Thread(target=_run, args=both, name="nshot-requests", daemon=True)
                thread.start()
                weakref.finalize(self, _stop, self._loop, thread)
            return self._loop, self._client


def _run(loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(client.aclose())
    finally:
        loop.close()


def _stop(loop: asyncio.AbstractEventLoop, thread: Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if thread is not current_thread():  # a garbage collection may run in any thread
        thread.join(_CLOSING)
