"""The server process: uvicorn, which answers before the model is loaded, and an end within
seconds."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from nshot.errors import MissingExtraError, OptionError

if TYPE_CHECKING:
    import uvicorn

    from nshot.serving.service import Service

GRACE = 3.0
"""Seconds that questions in progress get to be answered when the server is asked to stop."""
MOST_HEADERS = 64 << 10
"""Bytes of the headers of a request."""
SWITCH = 0.001
"""Seconds between two chances of a thread to run; Python's own 0.005 would add up to 30 ms to
/health.
"""
IDLE = 75
"""Seconds that a connection stays open without a request. Clients keep theirs for 5 to 60 seconds;
a server that closes first may do so while a request is on its way.
"""
BACKLOG = 2048
"""Connections that wait to be accepted."""
END = 5
"""Seconds after which open connections are closed."""


def check_installed() -> None:
    """Nothing, where the server's libraries are there.

    Raises:
        MissingExtraError: One is missing.
    """
    from importlib.util import find_spec

    for module in ("starlette", "uvicorn", "prometheus_client", "mcp"):
        if find_spec(module) is None:
            raise MissingExtraError(module, "serve")


def serve(service: Service, *, say: Callable[[str], None]) -> None:
    """Serves until a signal ends it; questions in progress get a few seconds to finish.

    Args:
        service: What is served.
        say: Gets the address, for people.

    Raises:
        OptionError: The port is taken, or the address is none of this machine.
        NshotError: The model could not be loaded.
    """
    # Threads of the model that wait for work must not take the processor from the event loop.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # The event loop takes the interpreter lock several times a request, and each time waits this long for the
    # model's thread to let go of it.
    sys.setswitchinterval(SWITCH)
    listener = listen(service.config.host, service.config.port)
    host, port = listener.getsockname()[:2]
    server = make_server(service)
    shown = f"[{host}]" if ":" in host else host
    say(f"open http://{shown}:{port}/ (the model is being loaded)")
    server.run(sockets=[listener])
    if service.engine.error is not None:
        raise service.engine.error


def make_server(service: Service) -> uvicorn.Server:
    """A uvicorn server of a service; a signal, or a model that does not load, ends it."""
    import uvicorn

    from nshot.serving.http.app import make_app
    from nshot.serving.http.protocol import TimedH11Protocol

    class SignalledServer(uvicorn.Server):
        """Tells the service of the signal: streams end before their connections are closed."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            # Not in the signal handler: it may have interrupted the holder of a lock.
            threading.Thread(target=service.begin_to_close, args=(GRACE,), daemon=True).start()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        make_app(service),
        http=TimedH11Protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=END,
        timeout_keep_alive=IDLE,
        h11_max_incomplete_event_size=MOST_HEADERS,
        proxy_headers=False,
        ws="none",
    )
    server = SignalledServer(config)

    def stop() -> None:
        server.should_exit = True

    service.on_failure = stop
    return server


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections, before anything slow begins."""
    address, listener = host.strip("[]"), None
    try:
        family, kind, protocol, *_ = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        # asyncio sets TCP_NODELAY only on connections of a socket that names its protocol. Without it the
        # body of each answer waits 40 ms for the client to acknowledge the headers.
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        # Whoever reads the address may connect at once; the server takes the connection when it is up.
        listener.listen(BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise OptionError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; give another `port` or `host`",
            option="port",
        ) from error
    return listener
