"""Stops a training on Ctrl-C or SIGTERM between two steps, with everything saved."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any


class Stopping:
    """A context in which the first SIGINT or SIGTERM only sets a flag; the second one interrupts.

    Signals belong to the main thread: in another thread nothing is caught.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for one in (signal.SIGINT, signal.SIGTERM):
                self._before[one] = signal.signal(one, self._request)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Handlers go back in every case: the program around the training may have its own.
        for one, handler in self._before.items():
            if handler is not None:  # None: a handler that is not Python's, which cannot be set again
                signal.signal(one, handler)

    def _request(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        # The second signal means at once: the step is lost, the last checkpoint stays.
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
