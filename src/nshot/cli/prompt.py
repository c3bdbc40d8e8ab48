"""`nshot prompt`: the exact text that a model would read."""

from __future__ import annotations

from typing import Annotated

import typer

from nshot.cli.bundle import bundled
from nshot.cli.console import say, write, write_json
from nshot.cli.options import DatabaseOptions, PromptOptions, RetrievalOptions
from nshot.cli.parameters import Db, Evidence, IndexOrSample, asked_text
from nshot.cli.wiring import make_retriever


@bundled
def prompt(
    question: Annotated[str, typer.Argument(help="What is asked.")],
    db: Db,
    databases: DatabaseOptions,
    retrieval: RetrievalOptions,
    prompts: PromptOptions,
    index: IndexOrSample = None,
    model: Annotated[
        str,
        typer.Option(
            help="As in ask, for its tokenizer and chat template; none: plain text, tokens estimated."
        ),
    ] = "embedded",
    chat: Annotated[str, typer.Option(help="Use the model's chat template: auto, on or off.")] = "auto",
    context_length: Annotated[
        int | None, typer.Option(help="Tokens of prompt and answer. Default: the model's; 8192 for a server.")
    ] = None,
    max_new_tokens: Annotated[int, typer.Option(help="Tokens left for the answer.")] = 256,
    evidence: Evidence = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the prompt as JSON, with its tokens, hash and examples.")
    ] = False,
) -> None:
    """Print the prompt for a question, byte for byte as it is sent."""
    from nshot.generation import CatalogDatabases
    from nshot.generation.loading import load_reading
    from nshot.types import Question

    catalog = databases.catalog()
    database = catalog.include(db)
    asked = Question(asked_text(question), database.db_id, evidence=evidence)
    reading = load_reading(model, chat=chat, context_length=context_length)  # type: ignore[arg-type]
    room = None if reading.context_length is None else reading.context_length - max_new_tokens
    builder = prompts.builder(reading.text, room)
    retriever = make_retriever(index, catalog, retrieval, prompts, [asked])
    candidates = retriever.retrieve([asked], prompts.shots, live=True)[0] if retriever else []
    source = CatalogDatabases(catalog, retriever, show_values=prompts.show_values)
    shown = [source.demonstration(candidate.example) for candidate in candidates]
    made = builder.build(asked, database.schema, shown, source.matches(asked))
    if as_json:
        write_json(
            {
                "text": made.text,
                "tokens": made.tokens,
                "sha256": made.sha256,
                "demonstrations": [d.example.id for d in made.demonstrations],
                "dropped": made.dropped._asdict(),
                "stop": made.stop,
            }
        )
        return
    write(made.text)
    say(f"\n-- {made.tokens} tokens, {len(made.demonstrations)} examples, sha256 {made.sha256[:12]}")
    for what, names in made.dropped._asdict().items():
        if names:
            say(f"-- dropped {what}: {', '.join(names)}")
