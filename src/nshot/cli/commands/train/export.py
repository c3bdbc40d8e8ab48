"""`nshot train export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.output.console import say, write
from nshot.training import ExportConfig

if TYPE_CHECKING:
    from nshot.training import Exported


@derive_options
def export(
    source: Annotated[
        str,
        typer.Argument(metavar="DIR", help="A training's folder, an adapter's folder, or: embedded."),
    ],
    config: ExportConfig,
    out: Annotated[Path, typer.Option(help="The folder to write; it appears whole or not at all.")],
    which: Annotated[str, typer.Option(help="Of a training: best or last.")] = "best",
    model: Annotated[
        str | None, typer.Option(help="The base, if not the one that the training or the adapter names.")
    ] = None,
    allow_download: Annotated[
        bool,
        typer.Option("--allow-download", help="Let transformers download a missing base model."),
    ] = False,
) -> None:
    """Write a tuned model for other programs, and check that it answers as it was trained to."""
    from nshot.training import find_source
    from nshot.training.export import export as write_export

    found = find_source(
        source,
        which,  # type: ignore[arg-type]
        model,
        allow_download=allow_download,
    )
    _show(write_export(found, out, config, say))


def _show(exported: Exported) -> None:
    if exported.note:
        say(exported.note)
    asked = f"asked by {exported.reader}, questions of {exported.origin}"
    write(f"{exported.model}\n{exported.agreement}, {asked}\n")
    if exported.in_its_dtype is not None:
        write(f"computed in 16 bits, as it is written: {exported.in_its_dtype}\n")
