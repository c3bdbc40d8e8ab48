"""MCP over streamable HTTP, as a route of the server."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from mcp.server.transport_security import TransportSecuritySettings
from starlette.routing import BaseRoute

from nshot.serving.mcp.tools import make_mcp
from nshot.serving.service import Service


class Mounted(NamedTuple):
    """What the application takes in."""

    routes: list[BaseRoute]
    session: AbstractAsyncContextManager[Any]
    """To be entered by the lifespan of the application."""


def mcp_routes(service: Service) -> Mounted:
    """The route `/mcp`. Host, origin and key are checked by the guard in front of all routes."""
    mcp = make_mcp(service, allow_save=service.config.allow_save)
    inner = mcp.streamable_http_app(
        streamable_http_path="/mcp",
        stateless_http=True,
        max_request_body_size=service.config.max_body,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return Mounted(list(inner.routes), mcp.session_manager.run())
