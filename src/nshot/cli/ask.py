"""`nshot ask`: a question in words, answered with SQL, rows and the examples that helped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.answer import print_answer
from nshot.cli.bundle import bundled
from nshot.cli.console import say
from nshot.cli.options import (
    DatabaseOptions,
    DecodingOptions,
    ModelOptions,
    PromptOptions,
    RetrievalOptions,
    asked_text,
)
from nshot.cli.wiring import make_pipeline
from nshot.errors import OptionError


@bundled
def ask(
    db: Annotated[
        str,
        typer.Option(help="The database that is asked: a file, a db_id of --databases, or a SQLAlchemy URL."),
    ],
    databases: DatabaseOptions,
    retrieval: RetrievalOptions,
    prompts: PromptOptions,
    model: ModelOptions,
    decoding: DecodingOptions,
    questions: Annotated[
        list[str] | None,
        typer.Argument(help="One or more questions; without any, a session begins.", metavar="QUESTION"),
    ] = None,
    index: Annotated[
        Path | None, typer.Option(help="The index folder. Default: one over the sample.")
    ] = None,
    evidence: Annotated[str, typer.Option(help="A hint for the model, such as what a word means here.")] = "",
    limit: Annotated[int, typer.Option(help="Most rows that are printed.")] = 20,
    show_prompt: Annotated[bool, typer.Option("--show-prompt", help="Print the prompt, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value for each question.")] = False,
) -> None:
    """Ask a database in words: SQL, rows, and the examples that helped.

    Exit status 1 where not one question got a result.
    """
    from nshot.types import Question

    texts = [asked_text(question) for question in questions or ()]
    if limit < 1:
        raise OptionError(f"--limit must be at least 1, got {limit}")
    catalog = databases.catalog()
    database = catalog.include(db)
    pipeline = make_pipeline(index, catalog, retrieval, prompts, model, decoding)
    show = partial(print_answer, limit=limit, show_prompt=show_prompt, as_json=as_json)
    if not texts:
        from nshot.cli.session import hold_session

        hold_session(pipeline, database.db_id, evidence, show)
        return
    answered = False
    for text in texts:
        say(f"\n{text}" if not as_json else f"asking: {text}")
        prediction = pipeline.ask(Question(text, database.db_id, evidence=evidence))
        show(prediction)
        answered |= prediction.attempts[0].outcome in ("ok", "untried")
    if not answered:
        raise typer.Exit(1)
