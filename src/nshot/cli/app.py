"""The commands in the order of the pipeline."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from nshot.cli.commands.ask import ask
from nshot.cli.commands.compare import compare
from nshot.cli.commands.data import app as data
from nshot.cli.commands.eval import evaluate
from nshot.cli.commands.index import app as index
from nshot.cli.commands.predict import predict
from nshot.cli.commands.prompt import prompt
from nshot.cli.commands.retrieve import retrieve
from nshot.cli.commands.train import app as train
from nshot.cli.commands.version import show_version


class InOrder(TyperGroup):
    """Lists the commands in the order of the pipeline."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of ORDER."""
        del ctx
        return list(ORDER)


ORDER = ("data", "index", "retrieve", "prompt", "ask", "predict", "eval", "compare", "train")
app = typer.Typer(
    cls=InOrder,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="Few-shot text-to-SQL: retrieve solved examples, build the prompt, write the SQL, run it safely.",
)
app.callback()(show_version)
app.add_typer(data, name="data")
app.add_typer(index, name="index")
app.command("retrieve")(retrieve)
app.command("prompt")(prompt)
app.command("ask")(ask)
app.command("predict")(predict)
app.command("eval")(evaluate)
app.command("compare")(compare)
app.add_typer(train, name="train")
