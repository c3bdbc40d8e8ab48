"""`nshot train data`: fine-tuning data with examples, as files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from nshot.cli.options.derive import NamedAs, Only, Without, derive_options, spell_options
from nshot.cli.options.train_data import QuestionsOptions, TrainDataOptions
from nshot.cli.output.console import progress, say
from nshot.cli.output.train_part import show_part
from nshot.cli.wiring import index_folder, sample_index
from nshot.errors import OptionError
from nshot.generation import EngineConfig, ModelSettings
from nshot.options import Given, option
from nshot.pipeline import DatabasesOrOne, ExampleConfig
from nshot.prompting import PromptConfig
from nshot.training import OutputConfig, RowConfig


@dataclass(frozen=True)
class TrainDataFiles:
    """The folders of fine-tuning data: the one that is written, and the index of its examples."""

    EXPLICIT: ClassVar = True

    out: Path = option()
    """The folder: train, held_out, README.md (the data card), run.json."""
    index: Path | None = option(None)
    """The index folder of the examples. By default that of the profile, or for `pool` sample one
    over the sample."""
    overwrite: bool = option(False, only_on=True)
    """Replace the fine-tuning data that `out` holds."""


@derive_options
def train_data(
    wanted: TrainDataFiles,
    pools: QuestionsOptions,
    databases: DatabasesOrOne,
    rows: Given[RowConfig],
    examples: Annotated[Given[ExampleConfig], Without(("index", "strategy"))],
    settings: Annotated[
        Given[ModelSettings],
        Only((PromptConfig,), ("template", "chat", "max_new_tokens")),
        Without(("scope",)),
        NamedAs("context", "schema_style"),
    ],
    engine: Annotated[Given[EngineConfig], Only((), ("model", "adapter", "context_length"))],
    output: Given[OutputConfig],
) -> None:
    """Write fine-tuning data: each solved question as the prompt that a model gets, and its SQL."""
    from nshot.index import SentenceTransformerEncoder, open_store
    from nshot.pipeline import read_first_pass
    from nshot.prompting import PlainFormat
    from nshot.training import SftConfig, check_folder, write_data

    out, index = wanted.out, wanted.index
    check_folder(out, wanted.overwrite)
    options, drawn = TrainDataOptions(rows, examples, engine, settings), rows.make()
    reading = options.read_model()
    how, seed = options.resolve_settings(reading), examples.get("seed", 0)
    config = SftConfig(drawn, options.retrieval(), how.prompt)
    if not drawn.most_shots and (idle := options.idle_without_examples()):
        names = spell_options(", ".join(f"`{name}`" for name in idle))
        say(f"note: {names}: no effect, as no row shows an example; for some, give --shots")
    catalog = pools.catalog(databases)
    questions = pools.questions(databases)
    if index is None and drawn.most_shots:
        if set(pools.pool) != {"sample"}:
            raise OptionError("--shots above 0 take examples from an index; build one and name it by --index")
        index = sample_index()
    file = examples.get("first_pass")
    first_pass = None if file is None else read_first_pass(file, questions)
    with progress() as report:
        made = write_data(
            questions,
            catalog,
            out,
            config,
            replace(output.make(), seed=seed),
            index=open_store(index_folder(index)) if index and drawn.most_shots else None,
            text=reading.text,
            tokenizer="an estimate" if isinstance(reading.text, PlainFormat) else engine.make().model,
            encoder=SentenceTransformerEncoder(examples.get("encoder")) if "encoder" in examples else None,
            first_pass=first_pass,
            overwrite=wanted.overwrite,
            report=report,
        )
    if how.prompt.show_values and made.no_database:
        say(f"note: {made.no_database} questions have no database file: their cell values were not looked up")
    for part in made.parts:
        show_part(part, out, made.run["config"]["same_db"])
