"""A relay in front of a server, which can fall silent as a network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import sqlalchemy


class Relay:
    """A way to a server that passes on what both sides send."""

    def __init__(self, url: str) -> None:
        """
        Args:
            url: The server's, through the relay.
        """
        self.url = url
        self.until = b""
        """Once a client sends this, nothing that the server sends is passed on; empty for never."""
        self._silent = False

    def restore(self) -> None:
        """Pass everything on again."""
        self.until, self._silent = b"", False

    def pass_on(self, source: socket.socket, target: socket.socket, *, from_client: bool) -> None:
        """Until one of the two is closed."""
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if from_client and self.until and self.until in data:
                    self._silent = True
                if from_client or not self._silent:
                    target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def relay(url: str) -> Iterator[Relay]:
    """A relay to the server of a database's URL."""
    parts = sqlalchemy.make_url(url)
    opened: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as door:
        way = Relay(url.replace(f":{parts.port}/", f":{door.getsockname()[1]}/"))

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    near, _ = door.accept()
                    far = socket.create_connection((parts.host or "", parts.port or 0))
                    opened.extend((near, far))
                    for ends, from_client in (((near, far), True), ((far, near), False)):
                        options = {"from_client": from_client}
                        threading.Thread(target=way.pass_on, args=ends, kwargs=options, daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield way
        finally:
            for one in (door, *opened):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for one in opened:
                one.close()
