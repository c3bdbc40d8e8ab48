"""`nshot train`: its commands in the order in which they are used."""

from __future__ import annotations

from nshot.cli.command import LazyGroup, make_app


class TrainCommands(LazyGroup):
    """All commands of `nshot train`."""

    commands_by_name = {  # noqa: RUF012
        "data": "nshot.cli.commands.train.data:train_data",
        "questions": "nshot.cli.commands.train.questions:questions",
        "run": "nshot.cli.commands.train.run:run",
        "resume": "nshot.cli.commands.train.resume:resume",
        "select": "nshot.cli.commands.train.select:select",
        "export": "nshot.cli.commands.train.export:export",
        "encoder": "nshot.cli.commands.train.encoder:encoder",
    }


app = make_app(
    cls=TrainCommands,
    no_args_is_help=True,
    help="Tune a model to write SQL, or the encoder that finds examples.",
)


@app.callback()
def main() -> None:
    """Tune a model to write SQL, or the encoder that finds examples."""
