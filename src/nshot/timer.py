"""A call that comes if a block takes too long."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def call_after(seconds: float, call: Callable[[], object]) -> Iterator[None]:
    """Call the function from another thread if the block still runs after that time."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True  # a program that ends does not wait for it
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
