"""The options of `nshot train data`, grouped by the object that each makes."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.options import OWN, STRATEGY, DatabaseOptions, PickingOptions
from nshot.cli.options.pool import PoolOptions
from nshot.cli.options.retrieval import given
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import ModelSettings
    from nshot.generation.engines.loading import Reading
    from nshot.retrieval import RetrievalConfig
    from nshot.training.data import OutputConfig
    from nshot.types import Question


@dataclass(frozen=True)
class QuestionsOptions(PoolOptions):
    """Which questions: the rows of a pool, whose databases must be known."""

    def catalog(self, databases: DatabaseOptions) -> Catalog:
        """The databases named; the sample's where all pools are the sample."""
        if not databases.given and set(self.pool) != {"sample"}:
            raise OptionError(
                "prompts show the schemas of the questions' databases; name them: --databases or --tables"
            )
        return databases.catalog()

    def questions(self, databases: DatabaseOptions) -> list[Question]:
        """The good rows of all files; the bad ones go to stderr.

        Raises:
            OptionError: Two files have a row of the same id.
        """
        from nshot.types import Question

        return [
            Question(one.question, one.db_id, one.id, one.sql, report.hints.get(one.id, ""))
            for report in self.reports(databases)
            for one in report.examples
        ]


@dataclass(frozen=True)
class RowOptions(PickingOptions):
    """What is drawn for each row."""

    shots: Annotated[
        str,
        typer.Option(help="Examples that a row shows: 3, a range 0..5, or weights 0:4,1:2,3:1."),
    ] = "0..5"
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            help="How examples are ranked, as in retrieve; of several, each row draws one. Default: "
            f"{STRATEGY}."
        ),
    ] = None
    select: Annotated[
        str, typer.Option(help="What is taken of the ranking: top, mmr, distinct or coverage.")
    ] = "top"
    context: Annotated[
        str,
        typer.Option(
            help="What a row shows of its schema: full, shuffled (all, in an order drawn for the database), "
            "renamed (that, under names of other databases), "
            "relevant (what inference would choose), gold (what its SQL names), gold+distractors; of "
            "several, full:8,gold+distractors:2, each row draws one."
        ),
    ] = "full"
    same_db: Annotated[
        str, typer.Option(help="May a row be shown examples of its own database: never or allow.")
    ] = "never"
    repeats: Annotated[int, typer.Option(help="Rows made of each question, each with draws of its own.")] = 1
    dropout: Annotated[
        float, typer.Option(help="Probability with which each example of a row is left out.")
    ] = 0.0
    shuffle: Annotated[
        bool, typer.Option("--shuffle", help="Show examples in random order, instead of by rank.")
    ] = False
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0

    def of_examples(self) -> list[str]:
        """The options that were given, and that find or place examples."""
        return given(self, "shots", "context", "repeats", "seed")

    def retrieval(self) -> RetrievalConfig:
        """How examples are picked, but for the strategy."""
        names = self.strategy or [STRATEGY]
        self.refuse_idle(names)
        self.refuse_idle_diversity((self.select,))
        return self.picking(names[0], self.select)


@dataclass(frozen=True)
class StyleOptions:
    """How prompts and responses are written."""

    template: Annotated[
        str | None,
        typer.Option(
            help=f"zero-shot, n-shot, ddl, context-first, compact, or a Jinja2 file. {OWN} compact."
        ),
    ] = None
    schema_style: Annotated[
        str | None,
        typer.Option(
            help="Schemas as natural (sentences), ddl (CREATE TABLE) or compact (a line a table): --context "
            f"of the other commands. {OWN} the template's."
        ),
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            help="How SQL is written, in examples and answers: written, tidy, named or from-first. "
            f"{OWN} written."
        ),
    ] = None
    max_tables: Annotated[
        int | None, typer.Option(help=f"For context relevant: most tables kept. {OWN} 6.")
    ] = None
    max_columns: Annotated[
        int | None,
        typer.Option(help=f"For context relevant: most columns kept of a table, keys aside. {OWN} no limit."),
    ] = None
    show_values: Annotated[
        bool | None,
        typer.Option(
            "--show-values/--no-show-values",
            help=f"Show the cell values that the question mentions. {OWN} no.",
        ),
    ] = None
    example_context: Annotated[
        str | None,
        typer.Option(
            help="How much of its own schema an example shows: full, tables, gold or none. "
            f"{OWN} the template's, else tables."
        ),
    ] = None
    order: Annotated[
        str | None,
        typer.Option(help=f"Place of the best example: best-last or best-first. {OWN} best-last."),
    ] = None
    budget: Annotated[
        int | None,
        typer.Option(help="Most tokens that a prompt may have. Default: what the model's context leaves."),
    ] = None
    model: Annotated[
        str,
        typer.Option(
            help="As in ask, for its tokenizer, its chat template and its own settings; none: plain text, "
            "tokens estimated."
        ),
    ] = "embedded"
    adapter: Annotated[Path | None, typer.Option(help="As in ask; only its own settings are read.")] = None
    chat: Annotated[
        str | None, typer.Option(help=f"Use the model's chat template: auto, on or off. {OWN} auto.")
    ] = None
    context_length: Annotated[
        int | None, typer.Option(help="Tokens of prompt and answer. Default: the model's.")
    ] = None
    max_new_tokens: Annotated[int | None, typer.Option(help=f"Tokens left for the answer. {OWN} 256.")] = None

    def reading(self) -> Reading:
        """The model's tokenizer, chat template and own settings."""
        from nshot.generation.engines.loading import load_reading

        return load_reading(
            self.model,
            adapter=self.adapter,
            chat=self.chat,  # type: ignore[arg-type]
            context_length=self.context_length,
        )

    def over(self, reading: Reading) -> ModelSettings:
        """What is given here put over the model's own settings; a budget that its context leaves.

        Raises:
            OptionError: The context leaves none.
        """
        from nshot.generation import ModelSettings

        own = reading.settings or ModelSettings(template="compact")
        names = [field.name for field in fields(own.prompt)]
        given: Any = {name: getattr(self, name, None) for name in names} | {"context": self.schema_style}
        given = {name: value for name, value in given.items() if value is not None}
        longest = self.max_new_tokens or own.decoding.max_new_tokens
        if given.get("budget") is None and reading.context_length is not None:
            given["budget"] = reading.context_length - longest
            if given["budget"] < 1:
                raise OptionError(
                    "--max-new-tokens leaves no room for a prompt in the model's context; lower it"
                )
        prompt = replace(own.prompt, scope="full", **given)  # of a row, the scope is drawn
        return replace(own, template=self.template or own.template_name(), prompt=prompt)


@dataclass(frozen=True)
class FileOptions:
    """What is written."""

    format: Annotated[str, typer.Option(help="jsonl or parquet.")] = "jsonl"
    layout: Annotated[
        str,
        typer.Option(
            help="Columns: prompt-completion, text (both in one) or messages (turns of a chat); see "
            "docs/training-data.md."
        ),
    ] = "prompt-completion"
    holdout_databases: Annotated[
        str,
        typer.Option(
            help="Databases held out whole, written to held_out and shown nowhere: how many, or names a,b,c."
        ),
    ] = ""
    split_seed: Annotated[int, typer.Option(help="Which databases, if --holdout-databases is a number.")] = 0

    def output(self, seed: int) -> OutputConfig:
        """The settings of the files."""
        from nshot.training.data import OutputConfig

        return OutputConfig(self.layout, self.format, seed, self.holdout_databases, self.split_seed)  # type: ignore[arg-type]
