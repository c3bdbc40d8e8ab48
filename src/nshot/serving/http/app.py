"""The Starlette application of a service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from nshot.errors import NshotError
from nshot.serving.api.endpoints import api_routes
from nshot.serving.errors import RequestError, as_request_error, details_for_log
from nshot.serving.http.access import Access
from nshot.serving.http.guard import Guard
from nshot.serving.mcp.mount import Mounted, mcp_routes
from nshot.serving.openai.endpoints import openai_routes
from nshot.serving.service import Service


def make_app(service: Service) -> ASGIApp:
    """The application; its lifespan starts the engine thread and ends it."""
    config = service.config
    guard = Middleware(
        Guard,
        metrics=service.metrics,
        key=config.key,
        hosts=config.allow_host,
        any_address=not config.is_local,
        max_body=config.max_body,
        body_timeout=config.body_timeout,
    )
    mcp = mcp_routes(service)
    app = Starlette(
        routes=[
            *_operation_routes(service),
            *openai_routes(service),
            *api_routes(service),
            *mcp.routes,
            *_page(),
        ],
        middleware=[guard],
        exception_handlers={NshotError: _refuse, HTTPException: _refuse_http, Exception: _refuse},
        lifespan=_lifespan(service, mcp),
    )
    return Access(app, log=service.log, metrics=service.metrics)


def _lifespan(service: Service, mcp: Mounted) -> Callable[[Starlette], Any]:
    @asynccontextmanager
    async def run(_: Starlette) -> AsyncIterator[None]:
        service.engine.start()
        try:
            async with mcp.session:
                yield
        finally:
            service.engine.close(seconds=1.0)

    return run


def _operation_routes(service: Service) -> list[Route]:
    async def health(_: HttpRequest) -> JSONResponse:
        state = service.state
        return JSONResponse({"status": state}, 200 if state == "ok" else 503)

    async def metrics(_: HttpRequest) -> Response:
        return Response(service.metrics.text(), media_type=service.metrics.content_type)

    return [Route("/health", health), Route("/metrics", metrics)]


def _page() -> list[BaseRoute]:
    """The routes of the page, where it is part of the installation."""
    if find_spec("nshot.serving.page") is None:
        return []
    routes: list[BaseRoute] = import_module("nshot.serving.page.routes").page_routes()
    return routes


async def _refuse(request: HttpRequest, error: Exception) -> JSONResponse:
    request.state.note.update(details_for_log(error))
    answer = as_request_error(error)
    return JSONResponse(answer.body(), answer.status, answer.headers)


async def _refuse_http(_: HttpRequest, error: Exception) -> JSONResponse:
    """No such path or method, in the form of all errors."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
    detail = str(error.detail) if isinstance(error, HTTPException) else "error"
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse(RequestError(status, detail, code).body(), status, headers)
