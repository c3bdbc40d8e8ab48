"""Signals that tests send to themselves."""

from __future__ import annotations

import signal
import threading


def interrupt(number: signal.Signals = signal.SIGINT) -> None:
    """Sends the signal to the main thread; only while the code under test handles it.

    Without its handler the signal would end the test's process without a word, and with Python's
    own handler it would interrupt whatever runs.

    Args:
        number: The signal.

    Raises:
        AssertionError: The signal has no handler of the program.
    """
    handler = signal.getsignal(number)
    assert callable(handler), f"{number.name} is not handled: {handler}"
    assert handler is not signal.default_int_handler, f"{number.name} is left to Python"
    signal.pthread_kill(threading.main_thread().ident or 0, number)
