"""`nshot ask`: a question in words, answered with SQL, rows and the examples that helped."""

from __future__ import annotations

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
)
from nshot.cli.wiring import make_pipeline


@bundled
def ask(
    db: Annotated[str, typer.Option(help="The database: a file, a db_id, or a SQLAlchemy URL.")],
    databases: DatabaseOptions,
    retrieval: RetrievalOptions,
    prompts: PromptOptions,
    model: ModelOptions,
    decoding: DecodingOptions,
    questions: Annotated[
        list[str] | None,
        typer.Argument(help="One or more questions; none: a session.", metavar="[QUESTION]..."),
    ] = None,
    index: Annotated[Path | None, typer.Option(help="The index folder. Default: over the sample.")] = None,
    evidence: Annotated[str, typer.Option(help="A hint that comes with the question.")] = "",
    limit: Annotated[int, typer.Option(help="Rows printed.")] = 20,
    show_prompt: Annotated[bool, typer.Option("--show-prompt", help="Print the prompt, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON value a question.")] = False,
) -> None:
    """Ask a database in words."""
    from nshot.errors import OptionError
    from nshot.types import Question

    if any(not question.strip() for question in questions or ()):
        raise OptionError("the question is empty; write what you want to know")
    catalog = databases.catalog()
    database = catalog.include(db)
    pipeline = make_pipeline(index, catalog, retrieval, prompts, model, decoding)
    if questions is None:
        from nshot.cli.session import hold_session

        hold_session(pipeline, database.db_id, limit)
        return
    for text in questions:
        say(f"\n{text}" if not as_json else f"asking: {text}")
        prediction = pipeline.ask(Question(text, database.db_id, evidence=evidence))
        print_answer(prediction, limit=limit, show_prompt=show_prompt, as_json=as_json)
