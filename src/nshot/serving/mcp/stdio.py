"""MCP over standard input and output: for a client that starts nshot itself."""

from __future__ import annotations

import anyio

from nshot.serving.mcp.tools import make_mcp
from nshot.serving.service import Service


def serve_stdio(service: Service) -> None:
    """Serves until standard input ends.

    Raises:
        NshotError: The model could not be loaded.
    """
    mcp = make_mcp(service, allow_save=service.config.allow_save)
    service.engine.start()
    try:
        anyio.run(mcp.run_stdio_async)
    finally:
        service.engine.close(seconds=1.0)
    if service.engine.error is not None:
        raise service.engine.error
