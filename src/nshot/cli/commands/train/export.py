"""`nshot train export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.output.console import say, write

if TYPE_CHECKING:
    from nshot.training.export import Exported


def export(
    source: Annotated[
        str,
        typer.Argument(metavar="DIR", help="A training's folder, an adapter's folder, or: embedded."),
    ],
    to: Annotated[
        str,
        typer.Option(
            help="merged (base and adapter as one model), gguf (that for llama.cpp), or adapter (alone)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write; it appears whole or not at all.")],
    which: Annotated[str, typer.Option(help="Of a training: best or last.")] = "best",
    model: Annotated[
        str | None, typer.Option(help="The base, if not the one that the training or the adapter names.")
    ] = None,
    dtype: Annotated[
        str | None,
        typer.Option(
            help="float32, bfloat16, float16; for gguf also q8_0. Default: merged bfloat16, gguf float16, "
            "adapter as it is."
        ),
    ] = None,
    converter: Annotated[
        str | None,
        typer.Option(
            help="llama.cpp's convert_hf_to_gguf.py. Default: where the PATH has it, else nshot's own writer."
        ),
    ] = None,
    probe: Annotated[
        Path | None,
        typer.Option(
            help="Rows of `nshot train data` to ask before and after. Default: held-out ones of the "
            "training, else the sample's questions."
        ),
    ] = None,
    probes: Annotated[int, typer.Option(help="Questions asked before and after, at most.")] = 32,
    agree: Annotated[float, typer.Option(help="Least share of answers that must stay the same.")] = 0.9,
    allow_download: Annotated[
        bool, typer.Option("--allow-download", help="Let transformers fetch a base that is not here.")
    ] = False,
) -> None:
    """Write a tuned model for other programs, and check that it answers as it was trained to."""
    from nshot.training.export import ExportConfig, find_source
    from nshot.training.export import export as write_export

    kinds: Any = (to, which)
    config = ExportConfig(kinds[0], dtype, probe=probe, probes=probes, agree=agree, converter=converter)
    found = find_source(source, kinds[1], model, allow_download=allow_download)
    _show(write_export(found, out, config, say))


def _show(exported: Exported) -> None:
    if exported.note:
        say(exported.note)
    asked = f"asked by {exported.reader}, questions of {exported.origin}"
    write(f"{exported.model}\n{exported.agreement}, {asked}\n")
    if exported.in_its_dtype is not None:
        write(f"computed in 16 bits, as it is written: {exported.in_its_dtype}\n")
