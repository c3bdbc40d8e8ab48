"""`nshot serve`: an OpenAI-compatible API and a page to ask on."""

from __future__ import annotations

from typing import Annotated

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import say
from nshot.cli.wiring import configure, with_index
from nshot.options import Given
from nshot.pipeline import PipelineConfig
from nshot.serving import ServeConfig


@derive_options
def serve(
    options: Given[PipelineConfig],
    server: ServeConfig,
    db: Annotated[
        str | None,
        typer.Option(
            help="The database of requests that name none: a file, a db_id of --databases, or a SQLAlchemy "
            "URL. A file or URL without --databases is the only one that is served. Default: the sample's."
        ),
    ] = None,
) -> None:
    """Serve an OpenAI-compatible API and a page to ask on.

    Without options it serves the sample with the embedded model, on this machine only. GET /health answers
    at once, with status 503 until the model is loaded.
    """
    from nshot.serving import check_installed

    check_installed()
    from nshot.serving import Service, choose_databases
    from nshot.serving import serve as run

    config, how = configure(options)
    catalog, served, default = choose_databases(config.databases, db, say)
    config = with_index(config, how)
    run(Service(server, config, catalog, served=served, default_db=default), say=say)
