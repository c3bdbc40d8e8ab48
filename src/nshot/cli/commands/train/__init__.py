"""`nshot train`: its commands in the order in which they are used."""

from __future__ import annotations

import typer

from nshot.cli.commands.train.data import train_data
from nshot.cli.commands.train.encoder import encoder
from nshot.cli.commands.train.export import export
from nshot.cli.commands.train.resume import resume
from nshot.cli.commands.train.run import run
from nshot.cli.commands.train.select import select

app = typer.Typer(help="Tune a model to write SQL, or the encoder that finds examples.", no_args_is_help=True)
app.command("data")(train_data)
app.command("run")(run)
app.command("resume")(resume)
app.command("select")(select)
app.command("export")(export)
app.command("encoder")(encoder)
