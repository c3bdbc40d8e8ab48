"""Requests that end at a deadline, and that another thread can close while they wait for the
answer.
"""

from __future__ import annotations

import asyncio
import atexit
import time
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from contextlib import nullcontext, suppress
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any, TypeVar

from nshot.errors import AnswerCancelledError

if TYPE_CHECKING:
    import httpx

    from nshot.generation.cancellation import Cancellation

R = TypeVar("R")
_CLOSING = 5.0
"""Seconds that the threads get at the end of the program to close their connections."""
_RUNNING: set[tuple[asyncio.AbstractEventLoop, Thread]] = set()


class Deadline(float):
    """A number of seconds, and the moment at which they are over."""

    ends: float

    def __new__(cls, seconds: float) -> Deadline:
        made = super().__new__(cls, seconds)
        made.ends = time.monotonic() + seconds
        return made

    @property
    def left(self) -> float:
        """Seconds until the deadline, at least 0."""
        return max(0.0, self.ends - time.monotonic())


class CancellableRequests:
    """Sends requests from an event loop in a thread of its own, which starts with the first
    request.

    A thread that waits for a socket cannot be stopped; a task of an event loop can, and closes its
    connection then, so that the server stops writing. For the same reason a deadline holds for all
    of a request: httpx limits each single read, and a server that sends a byte per second passes
    every such limit.
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

    def call(
        self,
        act: Callable[[httpx.AsyncClient], Coroutine[Any, Any, R]],
        deadline: Deadline,
        cancellation: Cancellation | None = None,
    ) -> R:
        """The result of `act`, which gets the client and runs in the event loop.

        Args:
            act: Sends a request, or reads on in an answer.
            deadline: When it is stopped.
            cancellation: Stops it earlier.

        Raises:
            AnswerCancelledError: The flag is set; the connection is closed.
            httpx.TransportError: There is no connection, or the deadline is over.
        """
        import httpx

        loop, client = self._start()
        if cancellation is not None:
            cancellation.check()

        async def act_in_time() -> R:
            async with asyncio.timeout(deadline.left):
                return await act(client)

        future = asyncio.run_coroutine_threadsafe(act_in_time(), loop)
        try:
            with cancellation.calling(future.cancel) if cancellation is not None else nullcontext():
                return future.result()
        except CancelledError:
            raise AnswerCancelledError from None
        except TimeoutError as error:
            raise httpx.ReadTimeout("the deadline is over") from error
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
                _RUNNING.add((self._loop, thread))
                thread.start()
                weakref.finalize(self, _stop, self._loop).atexit = False
            return self._loop, self._client


def _run(loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(client.aclose())
    finally:
        loop.close()
        _RUNNING.discard((loop, current_thread()))


def _stop(loop: asyncio.AbstractEventLoop) -> None:
    """Lets the thread of a loop end.

    It is not waited for: a garbage collection calls this in any thread, which may hold a lock that
    the other needs in order to end.
    """
    with suppress(RuntimeError):  # closed already
        loop.call_soon_threadsafe(loop.stop)


@atexit.register
def _stop_all() -> None:
    """Lets all threads close their connections before the program ends."""
    deadline, running = Deadline(_CLOSING), tuple(_RUNNING)
    for loop, _ in running:
        _stop(loop)
    for _, thread in running:
        thread.join(deadline.left)
