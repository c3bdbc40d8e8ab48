"""`nshot prompt`: the exact text that a model would read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.options import OWN, DatabaseOptions, PromptOptions, RetrievalOptions
from nshot.cli.options.bundle import bundled
from nshot.cli.options.parameters import Db, Evidence, IndexOrSample, asked_text
from nshot.cli.output.console import say, write, write_json
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
    adapter: Annotated[Path | None, typer.Option(help="As in ask; only its own settings are read.")] = None,
    chat: Annotated[
        str | None, typer.Option(help=f"Use the model's chat template: auto, on or off. {OWN} auto.")
    ] = None,
    context_length: Annotated[
        int | None, typer.Option(help="Tokens of prompt and answer. Default: the model's; 8192 for a server.")
    ] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(help=f"Tokens left for the answer. {OWN} 256.")
    ] = None,
    evidence: Evidence = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the prompt as JSON, with its tokens, hash and examples.")
    ] = False,
) -> None:
    """Print the prompt for a question, byte for byte as it is sent."""
    from nshot.generation import ModelSettings
    from nshot.generation.engines.loading import load_reading
    from nshot.pipeline import CatalogDatabases
    from nshot.types import Question

    catalog = databases.catalog()
    database = catalog.include(db)
    asked = Question(asked_text(question), database.db_id, evidence=evidence)
    reading = load_reading(model, adapter=adapter, chat=chat, context_length=context_length)  # type: ignore[arg-type]
    how = prompts.over(reading.settings or ModelSettings())
    if max_new_tokens is not None:
        how = replace(how, decoding=replace(how.decoding, max_new_tokens=max_new_tokens))
    builder = how.builder(reading.text, reading.context_length)
    retriever = make_retriever(index, catalog, retrieval, how.shots, [asked])
    candidates = retriever.retrieve([asked], how.shots, live=True)[0] if retriever else []
    source = CatalogDatabases(catalog, retriever, show_values=how.prompt.show_values)
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
