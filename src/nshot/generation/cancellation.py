"""Cancellation: a flag by which another thread says that a completion is no longer wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Lock

from nshot.errors import AnswerCancelledError
from nshot.types import Completion


class Cancellation:
    """A flag that any thread may set, once; whoever works for the answer looks at it at every step.

    >>> flag = Cancellation()
    >>> flag.cancelled
    False
    >>> flag.cancel()
    >>> flag.cancelled
    True
    """

    __slots__ = ("_acts", "_event", "_lock")

    def __init__(self) -> None:
        self._event, self._lock = Event(), Lock()
        self._acts: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        return self._event.is_set()

    def cancel(self) -> None:
        """Set the flag and call what `calling` has registered; later calls do nothing."""
        with self._lock:
            acts, self._acts = self._acts, []
            self._event.set()
        for act in acts:
            act()

    def check(self) -> None:
        """Nothing, as long as the flag is not set.

        Raises:
            AnswerCancelledError: It is set.
        """
        if self.cancelled:
            raise AnswerCancelledError

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the flag is set."""
        self._event.wait(seconds)

    @contextmanager
    def calling(self, act: Callable[[], object]) -> Iterator[None]:
        """Inside the context, `cancel` calls `act`, in the thread that cancels; at once if it was
        called.

        Args:
            act: Ends a wait that does not look at the flag. It must not block or raise.
        """
        with self._lock:
            at_once = self._event.is_set()
            if not at_once:
                self._acts.append(act)
        if at_once:
            act()
        try:
            yield
        finally:
            with self._lock:
                if act in self._acts:
                    self._acts.remove(act)


Cancellations = Sequence[Cancellation | None]
"""One for each prompt or question; None for those that nobody cancels."""


def find_cancelled(cancellations: Cancellations | None, at: int) -> bool:
    """Whether the prompt at this position is cancelled; without cancellations none is."""
    flag = cancellations[at] if cancellations is not None else None
    return flag is not None and flag.cancelled


def make_cancelled(count: int) -> list[Completion]:
    """The completions of a cancelled prompt, in place of its candidates."""
    return [Completion("", 0, "error", None, str(AnswerCancelledError()))] * count
