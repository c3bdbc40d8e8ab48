"""nshot as a server: an OpenAI-compatible API, the API of the page, metrics and logs.

One thread owns the model and answers what waits together; the event loop never waits for it.
`serve` runs the server, `make_app` makes the Starlette application of a service.

It does not know how a question is answered (`nshot.pipeline`), how SQL is run (`nshot.databases`),
what a command line is. It opens no file that a request names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.serving.config import ServeConfig
    from nshot.serving.databases import Served, choose_databases
    from nshot.serving.http.app import make_app
    from nshot.serving.http.server import check_installed, serve
    from nshot.serving.mcp.stdio import serve_stdio
    from nshot.serving.service import Service

_HOMES = {
    "ServeConfig": "config",
    "Served": "databases",
    "Service": "service",
    "check_installed": "http.server",
    "choose_databases": "databases",
    "make_app": "http.app",
    "serve": "http.server",
    "serve_stdio": "mcp.stdio",
}

__all__ = [
    "ServeConfig",
    "Served",
    "Service",
    "check_installed",
    "choose_databases",
    "make_app",
    "serve",
    "serve_stdio",
]

__getattr__ = find_lazily(__name__, _HOMES)
