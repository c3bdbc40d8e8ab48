"""An end to waiting for a PostgreSQL server that has fallen silent.

`connect_timeout` holds until a connection is made, and `statement_timeout` as long as the server
works. Neither holds for a server, or a network, that says nothing more.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlalchemy import Engine

_AGAIN: Final = 1.0
"""Seconds from one cut to the next, as long as the block still runs."""


class SilenceWatch:
    """Cuts the connection of an engine that has one at a time."""

    def __init__(self, engine: Engine) -> None:
        """
        Args:
            engine: An engine of psycopg that has not connected yet.
        """
        from sqlalchemy import event

        self._raw: Any = None
        self.expired = False
        """The time of the last block was over before it ended."""
        event.listen(engine, "do_connect", self._connect)

    def _connect(self, dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        if self.expired:
            raise dialect.dbapi.OperationalError(SILENT)
        self._raw = dialect.connect(*arguments, **options)
        return self._raw

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut the connection if the block still runs after that time, also one that is being
        made.
        """
        ended = threading.Event()
        self.expired = False

        def wait() -> None:
            pause = seconds
            while not ended.wait(pause):
                self.expired, pause = True, _AGAIN
                cut(self._raw)

        threading.Thread(target=wait, daemon=True).start()
        try:
            yield
        finally:
            ended.set()


SILENT: Final = "the server says nothing more"


def cut(connection: Any) -> None:
    """Ends a connection under a thread that waits for it."""
    with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
