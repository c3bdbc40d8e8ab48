"""`nshot ask`: a question in words, answered with SQL, rows and the examples that helped."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated

import typer

from nshot.cli.asked_database import AskedDatabase
from nshot.cli.asking import read_texts
from nshot.cli.options.answer import AnswerOptions
from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import Db
from nshot.cli.output.console import say, write
from nshot.cli.wiring import configure, report_missing_first_pass
from nshot.errors import OptionError
from nshot.options import Given
from nshot.pipeline import PipelineConfig


@derive_options
def ask(
    db: Db,
    options: Given[PipelineConfig],
    shown: AnswerOptions,
    questions: Annotated[
        list[str] | None,
        typer.Argument(
            help="A question, or several in quotes; - reads one from each line of stdin. Without any, a "
            "session begins.",
            metavar="QUESTION",
        ),
    ] = None,
) -> None:
    """Ask a database in words: SQL, rows, and the examples that helped.

    Exit status 1 if no question produced a result, or all were too unsure for --abstain-below.
    """
    texts = read_texts(questions or ())
    shown.check_questions(len(texts))
    config, how = configure(options)
    if config.examples.first_pass is not None and not texts:
        raise OptionError("--first-pass has the SQL of known questions; leave it out in a session")
    if shown.labels is None:
        shown = replace(shown, labels=not texts)
    asked = AskedDatabase(config, how, config.databases.catalog(say), db, texts=texts, options=shown)
    if not texts:
        from nshot.cli.output.session import AskSession

        AskSession(asked).hold()
        return
    answered = False
    for text in texts:
        _name(text, several=len(texts) > 1, as_json=shown.as_json)
        prediction = asked.answer(text)
        asked.show(prediction)
        answered |= bool(prediction.sql) and prediction.attempts[0].outcome in ("ok", "untried")
    report_missing_first_pass(asked.pipeline.retriever)
    if not answered:
        raise typer.Exit(1)


def _name(text: str, *, several: bool, as_json: bool) -> None:
    """Say which question is answered now: where the answers go, if they are several and go into a
    pipe.
    """
    if as_json:
        say(f"asking: {text}")
    elif several and not sys.stdout.isatty():
        write(f"\n{text}\n")
    else:
        say(f"\n{text}")
