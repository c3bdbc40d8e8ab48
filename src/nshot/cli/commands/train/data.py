"""`nshot train data`: fine-tuning data with examples, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nshot.cli.options import DatabaseOptions
from nshot.cli.options.bundle import bundled
from nshot.cli.options.train_data import FileOptions, QuestionsOptions, RowOptions, StyleOptions
from nshot.cli.output.console import progress, say, write
from nshot.cli.wiring import sample_index
from nshot.errors import OptionError


@bundled
def train_data(
    pools: QuestionsOptions,
    out: Annotated[
        Path, typer.Option(help="The folder: train, held_out, README.md (the data card), run.json.")
    ],
    databases: DatabaseOptions,
    rows: RowOptions,
    style: StyleOptions,
    files: FileOptions,
    index: Annotated[
        Path | None,
        typer.Option(
            help="The index folder of the examples. Default for --pool sample: one over the sample."
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the fine-tuning data that --out holds.")
    ] = False,
) -> None:
    """Write fine-tuning data: each solved question as the prompt that a model gets, and its SQL."""
    from nshot.index import ExampleIndex
    from nshot.prompting.text_format import PlainFormat
    from nshot.training.data import SftConfig, check_folder, parse_shots, parse_weights, write_data

    check_folder(out, overwrite)
    shots, output, reading = parse_shots(rows.shots), files.output(rows.seed), style.reading()
    how = style.over(reading)
    config = SftConfig(
        shots=shots,
        contexts=parse_weights("context", rows.context),
        strategies=tuple(rows.strategy or (rows.retrieval().strategy,)),
        retrieval=rows.retrieval(),
        same_db=rows.same_db,  # type: ignore[arg-type]
        repeats=rows.repeats,
        dropout=rows.dropout,
        shuffle=rows.shuffle,
        template=how.template_name(),
        prompt=how.prompt,
    )
    if not config.most_shots and (idle := rows.of_examples()):
        say(f"note: {', '.join(idle)}: no effect, as no row shows an example; for some, give --shots")
    catalog = pools.catalog(databases)
    questions = pools.questions(databases)
    if index is None and config.most_shots:
        if set(pools.pool) != {"sample"}:
            raise OptionError("--shots above 0 take examples from an index; build one and name it by --index")
        index = sample_index()
    with progress() as report:
        made = write_data(
            questions,
            catalog,
            out,
            config,
            output,
            index=ExampleIndex(index) if index else None,
            text=reading.text,
            tokenizer="an estimate" if isinstance(reading.text, PlainFormat) else style.model,
            encoder=rows.make_encoder(),
            first_pass=rows.known_first_pass(questions),
            overwrite=overwrite,
            report=report,
        )
    if how.prompt.show_values and made.no_database:
        say(f"note: {made.no_database} questions have no database file: their cell values were not looked up")
    for part in made.parts:
        if part.made.blind:
            say(
                f"note: the answers of {part.made.blind} rows of {part.file} name tables or columns that the "
                "budget left out of their prompts; raise --budget"
            )
        leaks = {name: number for name, number in part.leaks._asdict().items() if name != "rows"}
        write(
            f"{out / part.file}: {part.counts.rows} rows of {len(part.counts.databases)} databases, mean "
            f"{part.counts.prompt_tokens.mean:.0f} + {part.counts.response_tokens.mean:.0f} tokens, "
            f"{len(part.made.too_long)} over the budget; leaks: "
            + ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in leaks.items())
            + "\n"
        )
