"""`nshot log list | path | clear`: the questions that were asked, and their answers."""

from __future__ import annotations

from typing import Annotated

import typer

from nshot.cli.command import Command, make_app
from nshot.cli.output.console import say, table, write, write_json
from nshot.errors import OptionError

app = make_app(help="Questions that were asked with nshot ask, and their SQL.", no_args_is_help=True)


@app.command("list", cls=Command)
def list_answers(
    words: Annotated[str, typer.Argument(help="Only answers whose question or SQL has this text.")] = "",
    limit: Annotated[int, typer.Option("-n", "--limit", help="How many, at most: the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List questions and their SQL, the newest last.

    The log has no rows of results and no keys. `nshot ask --no-log`, or the variable NSHOT_NO_LOG, leaves
    questions out of it.
    """
    from nshot.cli.answer_log import read_log

    if limit < 1:
        raise OptionError(f"--limit must be at least 1, got {limit}")
    found = read_log(limit, words)
    if as_json:
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

    say(f"{clear_log()} answers removed")
