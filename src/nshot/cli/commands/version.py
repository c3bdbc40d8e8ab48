"""`nshot --version`."""

from __future__ import annotations

from typing import Annotated

import typer

from nshot import __version__


def _print(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nshot {__version__}")
        raise typer.Exit


def show_version(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print)
    ] = False,
) -> None:
    """Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it safely."""
    del version
