"""`nshot mcp`: an MCP server on standard input and output."""

from __future__ import annotations

from typing import Annotated

from nshot.cli.options.derive import Only, derive_options
from nshot.cli.options.parameters import ServedDb
from nshot.cli.wiring import make_service
from nshot.options import Given
from nshot.pipeline import PipelineConfig
from nshot.serving import ServeConfig


@derive_options
def mcp(
    options: Given[PipelineConfig],
    server: Annotated[ServeConfig, Only((), ("allow_save", "generate_timeout"))],
    db: ServedDb = None,
) -> None:
    """Serve MCP on standard input and output, for a client that starts nshot itself.

    Tools: ask, search_examples, run_sql, describe, and save_pair with --allow-save. Schemas are
    resources,
    nshot://schema/DATABASE. The prompt few_shot_sql gives the client's own model the examples.
    """
    service = make_service(options, server, db)
    from nshot.serving import serve_stdio

    serve_stdio(service)
