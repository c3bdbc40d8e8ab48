"""`nshot serve`: an OpenAI-compatible API, a page to ask on, and MCP over HTTP."""

from __future__ import annotations

from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import ServedDb
from nshot.cli.output.console import say
from nshot.cli.wiring import make_service
from nshot.options import Given
from nshot.pipeline import PipelineConfig
from nshot.serving import ServeConfig


@derive_options
def serve(options: Given[PipelineConfig], server: ServeConfig, db: ServedDb = None) -> None:
    """Serve an OpenAI-compatible API, a page to ask on, and MCP.

    Without options it serves the sample with the embedded model, on this machine only. GET /health
    answers at once, with status 503 until the model is loaded.
    """
    service = make_service(options, server, db)
    from nshot.serving import serve as run

    run(service, say=say)
