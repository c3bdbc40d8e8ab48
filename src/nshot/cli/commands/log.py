"""`nshot log list | path | clear`: the questions that were asked, and their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from nshot.cli.command import Command, make_app
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import JsonOptions
from nshot.cli.output.console import count_of, say, table, write, write_json
from nshot.options import check_least, option


class ListByDefault(TyperGroup):
    """A group that lists if none of its commands is named: `nshot log -n 3` is `... list -n 3`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments with the command that is meant."""
        first = args[0] if args else ""
        if first not in self.commands and first not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = make_app(
    cls=ListByDefault,
    help="Show the questions that were asked with nshot ask, and their SQL. Alone it lists them.",
)


@dataclass(frozen=True)
class LogOptions(JsonOptions):
    """Which answers are listed, and how; checked on construction."""

    limit: int = option(20, short=("-n",))
    """Maximum number of answers that are listed, the newest."""

    def __post_init__(self) -> None:
        check_least("limit", self.limit)


@app.command("list", cls=Command)
@derive_options
def list_answers(
    output: LogOptions,
    words: Annotated[str, typer.Argument(help="Only answers whose question or SQL has this text.")] = "",
) -> None:
    """List questions and their SQL, the newest last.

    The log has no rows of results and no keys. `nshot ask --no-log`, or the variable NSHOT_NO_LOG,
    leaves questions out of it.
    """
    from nshot.cli.answer_log import read_log

    found = read_log(output.limit, words)
    if output.as_json:
        write_json([one._asdict() for one in found])
    elif found:
        rows = [
            (one.id, one.time[:16], one.db_id, one.question, one.sql or one.error, one.outcome)
            for one in found
        ]
        table(("#", "time (UTC)", "db", "question", "SQL", "outcome"), rows)
    else:
        say(f"the log has no answer with {words!r}" if words else "the log is empty")


@app.command(cls=Command)
def path() -> None:
    """Print the file of the log, a SQLite database."""
    from nshot.cli.answer_log import log_file

    write(f"{log_file()}\n")


@app.command(cls=Command)
def clear() -> None:
    """Remove all answers from the log."""
    from nshot.cli.answer_log import clear_log

    say(f"{count_of(clear_log(), 'answer')} removed")
