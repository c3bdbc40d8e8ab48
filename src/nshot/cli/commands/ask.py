"""`nshot ask`: a question in words, answered with SQL, rows and the examples that helped."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nshot.cli.asked_database import AnswerOptions, AskedDatabase
from nshot.cli.asking import read_texts
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import Db, Evidence
from nshot.cli.output.console import say, write
from nshot.cli.output.row_formats import RowFormat
from nshot.cli.wiring import configure, report_missing_first_pass
from nshot.errors import OptionError
from nshot.options import Given
from nshot.pipeline import PipelineConfig


@derive_options
def ask(
    db: Db,
    options: Given[PipelineConfig],
    questions: Annotated[
        list[str] | None,
        typer.Argument(
            help="A question, or several in quotes; - reads one from each line of stdin. Without any, a "
            "session begins.",
            metavar="QUESTION",
        ),
    ] = None,
    evidence: Evidence = "",
    limit: Annotated[int, typer.Option(help="Most rows that are printed.")] = 20,
    show_prompt: Annotated[bool, typer.Option("--show-prompt", help="Print the prompt, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value for each question.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print only the rows, all of them, as CSV.")] = False,
    as_tsv: Annotated[bool, typer.Option("--tsv", help="Print only the rows, separated by tabs.")] = False,
    as_nl: Annotated[bool, typer.Option("--nl", help="Print only the rows, one JSON object a line.")] = False,
    labels: Annotated[
        bool | None,
        typer.Option(
            "--labels/--no-labels",
            help="Show a name beside a bare id, where a foreign key leads to a table with one column of "
            "names. Default: yes in a session, else no.",
            show_default=False,
        ),
    ] = None,
    log: Annotated[
        bool,
        typer.Option(
            "--log/--no-log",
            help="Keep the question and its SQL, never its rows, for nshot log. The variable NSHOT_NO_LOG "
            "switches it off, too. Default: yes.",
            show_default=False,
        ),
    ] = True,
) -> None:
    """Ask a database in words: SQL, rows, and the examples that helped.

    Exit status 1 if no question produced a result, or all were too unsure for --abstain-below.
    """
    texts = read_texts(questions or ())
    if limit < 1:
        raise OptionError(f"--limit must be at least 1, got {limit}")
    rows_as = _one_form(texts, as_json, {"csv": as_csv, "tsv": as_tsv, "nl": as_nl})
    config, how = configure(options)
    if config.examples.first_pass is not None and not texts:
        raise OptionError("--first-pass is of questions that are known before; leave it out in a session")
    labels = not texts if labels is None else labels
    shown = AnswerOptions(evidence, limit, show_prompt, as_json, rows_as, labels, log)
    asked = AskedDatabase(config, how, config.databases.catalog(say), db, texts=texts, options=shown)
    if not texts:
        from nshot.cli.output.session import AskSession

        AskSession(asked).hold()
        return
    answered = False
    for text in texts:
        _name(text, several=len(texts) > 1, as_json=as_json)
        prediction = asked.answer(text)
        asked.show(prediction)
        answered |= bool(prediction.sql) and prediction.attempts[0].outcome in ("ok", "untried")
    report_missing_first_pass(asked.pipeline.retriever)
    if not answered:
        raise typer.Exit(1)


def _one_form(texts: list[str], as_json: bool, forms: dict[RowFormat, bool]) -> RowFormat | None:
    """The form of rows alone, if one is wanted.

    Raises:
        OptionError: Two forms are wanted, or there is not exactly one question.
    """
    wanted = [name for name, given in forms.items() if given]
    named = [f"--{name}" for name in (*(["json"] if as_json else []), *wanted)]
    if len(named) > 1:
        raise OptionError(f"{' and '.join(named)} exclude each other; give one of them")
    if wanted and len(texts) != 1:
        raise OptionError(f"{named[0]} prints the rows of one question; give one, or take --json")
    return wanted[0] if wanted else None


def _name(text: str, *, several: bool, as_json: bool) -> None:
    """Say which question is answered now: where the answers go, if they are several and go into a pipe."""
    if as_json:
        say(f"asking: {text}")
    elif several and not sys.stdout.isatty():
        write(f"\n{text}\n")
    else:
        say(f"\n{text}")
