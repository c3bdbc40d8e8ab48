"""`nshot ask`: a question in words, answered with SQL, rows and the examples that helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

import typer

from nshot.cli.options.derive import derive_options
from nshot.cli.options.parameters import Db, Evidence, asked_text
from nshot.cli.output.answer import print_answer
from nshot.cli.output.console import say
from nshot.cli.pair_books import user_name, with_journal
from nshot.cli.wiring import configure, live_text, report_missing_first_pass, with_index
from nshot.errors import OptionError
from nshot.options import Given
from nshot.pipeline import PipelineConfig, index_pair_file, make_pipeline


@derive_options
def ask(
    db: Db,
    options: Given[PipelineConfig],
    questions: Annotated[
        list[str] | None,
        typer.Argument(help="One or more questions; without any, a session begins.", metavar="QUESTION"),
    ] = None,
    evidence: Evidence = "",
    limit: Annotated[int, typer.Option(help="Most rows that are printed.")] = 20,
    show_prompt: Annotated[bool, typer.Option("--show-prompt", help="Print the prompt, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value for each question.")] = False,
) -> None:
    """Ask a database in words: SQL, rows, and the examples that helped.

    Exit status 1 if no question produced a result.
    """
    from nshot.pairs import PairBook
    from nshot.pipeline import StandAlone, understand
    from nshot.types import Prediction, Question, Turn

    texts = [asked_text(question) for question in questions or ()]
    if limit < 1:
        raise OptionError(f"--limit must be at least 1, got {limit}")
    config, how = configure(options)
    catalog = config.databases.catalog(say)
    database = catalog.include(db)
    if config.examples.first_pass is not None and not texts:
        raise OptionError("--first-pass is of questions that are known before; leave it out in a session")
    asked = [Question(text, database.db_id, evidence=evidence) for text in texts]
    config = replace(config, examples=index_pair_file(config.examples, catalog, database.db_id, note=say))
    config, journal = with_journal(config, catalog, db)
    config = with_index(config, how)
    book = PairBook(journal, catalog) if config.examples.has_journal or not texts else None
    if book is not None and len(book):
        say(f"{len(book)} verified pairs ({journal})")
    say(f"loading {config.engine.model} ...")
    pipeline = make_pipeline(config, catalog=catalog, questions=asked, book=book)
    on_text = None if as_json else live_text(how.decoding)
    show = partial(print_answer, limit=limit, how=how if show_prompt else None, as_json=as_json)

    def answer(alone: StandAlone) -> Prediction:
        prediction = pipeline.ask(alone.question(database.db_id, evidence), on_text=on_text)
        if on_text is not None:
            say("")
        return prediction

    if not texts:
        from nshot.cli.output.conversation import Conversation
        from nshot.cli.output.keeping import Keeping
        from nshot.cli.output.session import hold_session

        assert book is not None

        def put(text: str, turns: Sequence[Turn]) -> StandAlone:
            return understand(text, database.db_id, turns, pipeline.databases)

        hold_session(database.db_id, Conversation(put, answer), show, Keeping(book, user_name()))
        return
    answered = False
    for text in texts:
        say(f"\n{text}" if not as_json else f"asking: {text}")
        prediction = answer(StandAlone(text))
        show(prediction)
        answered |= prediction.attempts[0].outcome in ("ok", "untried")
    report_missing_first_pass(pipeline.retriever)
    if not answered:
        raise typer.Exit(1)
