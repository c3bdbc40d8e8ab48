"""`nshot train export`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from nshot.cli.options.derive import Explicit, Only, derive_options
from nshot.cli.output.console import say, write
from nshot.generation import EngineConfig
from nshot.options import option
from nshot.training import ExportConfig

if TYPE_CHECKING:
    from nshot.training import Exported


@dataclass(frozen=True)
class TunedModelOptions:
    """Which state of which model is written, and where to."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """The folder to write; it appears whole or not at all."""
    which: Literal["best", "last"] = option("best")
    """Adapter of a training: best or last."""
    model: str | None = option(None)
    """The base, if not the one that the training or the adapter names."""


@derive_options
def export(
    source: Annotated[
        str,
        typer.Argument(metavar="DIR", help="A training's folder, an adapter's folder, or: embedded."),
    ],
    wanted: TunedModelOptions,
    engine: Annotated[EngineConfig, Only((), ("allow_download",)), Explicit()],
    config: ExportConfig,
) -> None:
    """Write a tuned model for other programs, and check that it answers as it was trained to."""
    from nshot.training import find_source
    from nshot.training.export import export as write_export

    found = find_source(source, wanted.which, wanted.model, allow_download=engine.allow_download)
    _show(write_export(found, wanted.out, config, say))


def _show(exported: Exported) -> None:
    if exported.note:
        say(exported.note)
    asked = f"asked by {exported.reader}, questions of {exported.origin}"
    write(f"{exported.model}\n{exported.agreement}, {asked}\n")
    if exported.in_its_dtype is not None:
        write(f"computed in 16 bits, as it is written: {exported.in_its_dtype}\n")
