"""Retries of HTTP requests: which answers are retried, and how long to wait, within one
deadline."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from nshot.errors import EngineError

if TYPE_CHECKING:
    from nshot.generation.cancellation import Cancellation
    from nshot.generation.engines.server.http_requests import Deadline

_LOG = logging.getLogger(__name__)
RETRIED = frozenset((408, 409, 425, 429, 500, 502, 503, 504, 529))
_PERMANENT = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")


class Answered(Protocol):
    """An answer, as far as retrying depends on it."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def close(self) -> None: ...


A = TypeVar("A", bound=Answered)


@dataclass(frozen=True, slots=True)
class Retry:
    """Exponential backoff with jitter; a server's Retry-After header takes precedence."""

    retries: int = 5
    """Number of retries after the first try."""
    first: float = 0.5
    """Wait before the first retry, seconds; doubled for each further one, then varied by up to
    half.
    """
    longest: float = 60.0
    """Upper limit of a wait that the server did not ask for, seconds."""
    sleep: Callable[[float], None] | None = None
    """How it waits; None: as usual, or until the request is cancelled."""
    jitter: random.Random = field(default_factory=random.Random)

    def send(
        self,
        request: Callable[[], A],
        deadline: Deadline,
        host: str,
        cancellation: Cancellation | None = None,
    ) -> A:
        """The first answer that is not retried, or the last one.

        Args:
            request: One try.
            deadline: Of all tries and waits together.
            host: Whom it is sent to, for messages.
            cancellation: Ends a wait.

        Raises:
            AnswerCancelledError: The answer is no longer wanted.
            EngineError: The last try had no connection, the deadline is over, or the server asks
                for a longer wait.
        """
        import httpx

        for tried in range(self.retries + 1):
            try:
                answer = request()
            except httpx.TransportError as error:
                reason = describe(error)
                if not deadline.left or isinstance(error, httpx.TimeoutException):
                    raise EngineError(_too_late(host, deadline, tried + 1)) from error
                if tried == self.retries or any(word in reason for word in _PERMANENT):
                    raise EngineError(
                        f"{host} did not answer after {_tries(tried + 1)}: {reason}; check the address"
                    ) from error
                self._pause(f"{host} cannot be reached ({reason})", tried, {}, deadline, cancellation)
                continue
            if answer.status not in RETRIED or tried == self.retries:
                return answer
            answer.close()
            self._pause(f"{host} answered {answer.status}", tried, answer.headers, deadline, cancellation)
        raise AssertionError

    def _pause(
        self,
        reason: str,
        tried: int,
        headers: Mapping[str, str],
        deadline: Deadline,
        cancellation: Cancellation | None,
    ) -> None:
        """Waits, and says so.

        Raises:
            AnswerCancelledError: The answer is no longer wanted.
            EngineError: The deadline would be over.
        """
        if cancellation is not None:
            cancellation.check()
        seconds = self.wait(tried, headers)
        if seconds >= deadline.left:
            if _retry_after(headers) is None:
                raise EngineError(
                    f"{reason} after {_tries(tried + 1)} within {deadline:g} s; check the address, or raise "
                    "`request_timeout`"
                )
            raise EngineError(
                f"{reason} and asks for a wait of {_duration(seconds)}, but only {deadline.left:.0f} s of "
                f"the {deadline:g} s for a request are left; ask again later, or raise `request_timeout`"
            )
        _LOG.warning(
            "%s; trying again in %s (try %d of %d)", reason, _duration(seconds), tried + 2, self.retries + 1
        )
        if self.sleep is not None:
            self.sleep(seconds)
        elif cancellation is not None:
            cancellation.wait(seconds)
        else:
            time.sleep(seconds)

    def wait(self, tried: int, headers: Mapping[str, str]) -> float:
        """Seconds to wait after `tried` failed retries."""
        asked = _retry_after(headers)
        if asked is not None:
            return asked
        backoff: float = self.first * 2**tried * self.jitter.uniform(0.5, 1.5)
        return min(backoff, self.longest)


def _too_late(host: str, deadline: Deadline, tries: int) -> str:
    return (
        f"{host} did not answer within {deadline:g} s ({_tries(tries)}); check the address, or raise "
        "`request_timeout`"
    )


def describe(error: Exception) -> str:
    """What went wrong with a connection, in one line."""
    text = " ".join(str(error).split())
    return text[:200] or type(error).__name__


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count} tries"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 7_200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3_600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from a Retry-After header, given as a number or a date; None where it is neither."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, IndexError, OverflowError, OSError):
            return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
