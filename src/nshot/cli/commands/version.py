"""`nshot --version`."""

from __future__ import annotations

import typer

from nshot import __version__


def show_version(wanted: bool) -> None:
    """Print the version and exit, if requested."""
    if wanted:
        typer.echo(f"nshot {__version__}")
        raise typer.Exit
