"""The routes of the page: HTML rendered here, static files, and the headers that both are sent
with.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from nshot.serving.page.assets import MEDIA_TYPES, Assets, load_assets

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""No inline script or style and no other host; nobody may frame the page."""

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FOR_EVER = "public, max-age=31536000, immutable"

Endpoint = Callable[[Request], Awaitable[Response]]


def page_routes() -> list[Route]:
    """The routes of the page, to be mounted at the root of the application that serves `/api`."""
    assets = load_assets()
    templates = Environment(
        loader=PackageLoader("nshot.serving.page"), autoescape=True, undefined=StrictUndefined
    )
    ask, schema, pairs = (_render(templates, assets, name) for name in ("ask", "schema", "pairs"))
    return [
        Route("/", ask, name="ask"),
        Route("/a/{id}", ask, name="answer"),
        Route("/schema", schema, name="schemas"),
        Route("/schema/{db:path}", schema, name="schema"),
        Route("/pairs", pairs, name="pairs"),
        Route("/static/{digest}/{path:path}", _serve(assets), name="static"),
    ]


def _render(templates: Environment, assets: Assets, name: str) -> Endpoint:
    """An endpoint with a page that is the same for every request: the data comes from `/api`."""
    html = templates.get_template(f"{name}.html.jinja").render(page=name, static=assets.root)

    async def page(_: Request) -> Response:
        return HTMLResponse(html, headers=HEADERS | {"Cache-Control": "no-cache"})

    return page


def _serve(assets: Assets) -> Endpoint:
    async def static(request: Request) -> Response:
        path = request.path_params["path"]
        content = assets.files.get(path)
        if content is None or request.path_params["digest"] != assets.digest:
            return PlainTextResponse("no such file", 404, headers=HEADERS | {"Cache-Control": "no-store"})
        media_type = MEDIA_TYPES[PurePosixPath(path).suffix]
        return Response(content, media_type=media_type, headers=HEADERS | {"Cache-Control": FOR_EVER})

    return static
