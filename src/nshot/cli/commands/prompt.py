"""`nshot prompt`: the exact text that a model would read."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from nshot.cli.options.answer import AnswerOptions
from nshot.cli.options.derive import Only, Without, derive_options
from nshot.cli.options.parameters import Db, JsonOptions, check_question_text
from nshot.cli.output.console import say, write, write_json
from nshot.cli.pair_books import with_journal
from nshot.cli.wiring import check_shown, configure, with_index
from nshot.generation import ModelSettings
from nshot.options import Given
from nshot.pipeline import DatabaseConfig, ExampleConfig, PipelineConfig, today
from nshot.prompting import PromptConfig
from nshot.retrieval import Filters, RetrievalConfig

READ = Only(
    (DatabaseConfig, ExampleConfig, RetrievalConfig, Filters, ModelSettings, PromptConfig),
    ("model", "adapter", "context_length", "max_new_tokens"),
)
"""Options that affect a prompt. Of the model, only its tokenizer, chat template and settings are
used.
"""


@derive_options
def prompt(
    question: Annotated[str, typer.Argument(help="What is asked.")],
    db: Db,
    options: Annotated[Given[PipelineConfig], READ, Without(("reuse",))],
    answer: Annotated[AnswerOptions, Only((), ("evidence",))],
    output: JsonOptions,
) -> None:
    """Print the prompt for a question, byte for byte as it is sent."""
    from nshot.generation import load_reading
    from nshot.pipeline import CatalogDatabases, index_pair_file, keep_shown
    from nshot.types import Question

    config, how = configure(options)
    catalog = config.databases.catalog(say)
    database = catalog.include(db)
    check_shown(catalog, [database.db_id], how)
    asked = Question(
        check_question_text(question), database.db_id, evidence=answer.evidence, asked_on=today()
    )
    engine = config.engine
    reading = load_reading(
        engine.model, adapter=engine.adapter, chat=how.chat, context_length=engine.context_length
    )
    config = replace(config, examples=index_pair_file(config.examples, catalog, database.db_id, say))
    examples = with_index(with_journal(config, catalog, db)[0], how).examples
    most = max(how.shots, how.own_shots if examples.has_own() else 0)
    builder = how.builder(reading.text, reading.context_length, most)
    book = examples.open_book(catalog)
    retriever = examples.retriever(catalog, [asked], book=book) if most else None
    found = retriever.retrieve([asked], most, live=True)[0] if retriever else []
    candidates = keep_shown(found, database.db_id, how.shots)
    source = CatalogDatabases(catalog, retriever, config=how.prompt)
    shown = [source.demonstration(candidate.example) for candidate in candidates]
    made = builder.build(asked, source.schema(database.db_id), shown, source.matches(asked))
    if output.as_json:
        write_json(
            {
                "text": made.text,
                "tokens": made.tokens,
                "sha256": made.sha256,
                "demonstrations": [d.example.id for d in made.demonstrations],
                "dropped": made.dropped._asdict(),
                "left_out": [one._asdict() for one in catalog.left_out(database.db_id)],
                "stop": made.stop,
            }
        )
        return
    write(made.text)
    say(f"\n-- {made.tokens} tokens, {len(made.demonstrations)} examples, sha256 {made.sha256[:12]}")
    for what, names in made.dropped._asdict().items():
        if names:
            say(f"-- dropped {what}: {', '.join(names)}")
