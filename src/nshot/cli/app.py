"""The commands in the order of the pipeline; each is imported when it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.command import LazyGroup, make_app
from nshot.cli.commands.version import show_version


class Commands(LazyGroup):
    """All commands of nshot."""

    commands_by_name = {  # noqa: RUF012
        "data": "nshot.cli.commands.data:app",
        "db": "nshot.cli.commands.db:app",
        "grammar": "nshot.cli.commands.grammar:grammar",
        "index": "nshot.cli.commands.index:app",
        "retrieve": "nshot.cli.commands.retrieve:retrieve",
        "prompt": "nshot.cli.commands.prompt:prompt",
        "ask": "nshot.cli.commands.ask:ask",
        "log": "nshot.cli.commands.log:app",
        "serve": "nshot.cli.commands.serving.serve:serve",
        "mcp": "nshot.cli.commands.serving.mcp:mcp",
        "pairs": "nshot.cli.commands.pairs:app",
        "predict": "nshot.cli.commands.predict:predict",
        "merge": "nshot.cli.commands.merge:merge",
        "eval": "nshot.cli.commands.judging.eval:evaluate",
        "compare": "nshot.cli.commands.judging.compare:compare",
        "calibrate": "nshot.cli.commands.judging.calibrate:calibrate",
        "train": "nshot.cli.commands.train:app",
        "adapt": "nshot.cli.commands.adapt:adapt",
        "config": "nshot.cli.commands.config:app",
    }


app = make_app(
    cls=Commands,
    no_args_is_help=True,
    help="Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it safely.",
)


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=show_version, is_eager=True)
    ] = False,
    profile: Annotated[
        Path | None,
        typer.Option(help="TOML file of options. Default: nshot.toml of the working folder, if it is there."),
    ] = None,
) -> None:
    """Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it
    safely.
    """
    del version, profile
