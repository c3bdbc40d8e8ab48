"""Retries of HTTP requests: which answers are retried, and how long to wait."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from nshot.errors import EngineError

if TYPE_CHECKING:
    import httpx

    from nshot.generation.cancellation import Cancellation

RETRIED = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with jitter; a server's Retry-After header takes precedence."""

    retries: int = 5
    """Number of retries after the first try."""
    first: float = 0.5
    """Wait before the first retry, seconds; doubled for each further one, then varied by up to half."""
    longest: float = 60.0
    """Upper limit of a wait, Retry-After included, seconds."""
    sleep: Callable[[float], None] | None = None
    """How it waits; None: as usual, or until the request is cancelled."""
    jitter: random.Random = field(default_factory=random.Random)

    def send(
        self, request: Callable[[], httpx.Response], cancellation: Cancellation | None = None
    ) -> httpx.Response:
        """The first response that is not retried, or the last one.

        Args:
            request: Sends it.
            cancellation: Ends a wait.

        Raises:
            AnswerCancelledError: The flag is set.
            EngineError: The last try had no connection or no answer in time.
        """
        import httpx

        for left in range(self.retries, -1, -1):
            try:
                response = request()
            except httpx.TransportError as error:
                if not left:
                    reason = str(error) or type(error).__name__
                    raise EngineError(
                        f"the server did not answer after {self.retries + 1} tries: {reason}; "
                        "check the address, or raise the timeout"
                    ) from error
                self._pause(self.wait(self.retries - left, {}), cancellation)
                continue
            if response.status_code not in RETRIED or not left:
                return response
            if not response.is_closed:  # of a stream; any other was read to its end
                response.close()
            self._pause(self.wait(self.retries - left, response.headers), cancellation)
        raise AssertionError

    def _pause(self, seconds: float, cancellation: Cancellation | None) -> None:
        if self.sleep is not None:
            self.sleep(seconds)
        elif cancellation is not None:
            cancellation.wait(seconds)
        else:
            time.sleep(seconds)

    def wait(self, tried: int, headers: Mapping[str, str]) -> float:
        """Seconds to wait after `tried` failed retries."""
        seconds = _retry_after(headers.get("retry-after", ""))
        if seconds is None:
            seconds = self.first * 2**tried * self.jitter.uniform(0.5, 1.5)
        return min(seconds, self.longest)


def _retry_after(value: str) -> float | None:
    """Seconds from a Retry-After header, given as a number or a date."""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None
