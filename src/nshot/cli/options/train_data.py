"""The options of `nshot train data`, grouped by the object that each makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from nshot.cli.options.pool import PoolOptions
from nshot.cli.output.console import say
from nshot.errors import OptionError
from nshot.generation import EngineConfig, ModelSettings
from nshot.options import Given, list_options
from nshot.pipeline import DatabaseConfig, ExampleConfig
from nshot.prompting import PromptConfig
from nshot.retrieval import RetrievalConfig
from nshot.training import RowConfig, SftConfig

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.generation import Reading
    from nshot.types import Question


@dataclass(frozen=True, kw_only=True)
class QuestionsOptions(PoolOptions):
    """Which questions: the rows of a pool, whose databases must be known."""

    def catalog(self, databases: DatabaseConfig) -> Catalog:
        """The databases named; the sample's where all pools are the sample."""
        if not databases.is_given and set(self.pool) != {"sample"}:
            raise OptionError(
                "prompts show the schemas of the questions' databases; name them: `databases` or `tables`"
            )
        return databases.catalog(say)

    def questions(self, databases: DatabaseConfig) -> list[Question]:
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


class TrainDataOptions(NamedTuple):
    """All options of `nshot train data` that decide its rows."""

    rows: Given[RowConfig]
    examples: Given[ExampleConfig]
    engine: Given[EngineConfig]
    settings: Given[ModelSettings]

    def idle_without_examples(self) -> list[str]:
        """The options that were given, and that only find or place examples."""
        kept = ("shots", "context", "repeats", "seed")
        return [name for name in (*self.rows.values, *self.examples.values) if name not in kept]

    def retrieval(self) -> RetrievalConfig:
        """How examples are picked, but for the strategy, which each row draws.

        Raises:
            OptionError: An option has no effect on any of the strategies.
        """
        names = {one.name for one in list_options(RetrievalConfig)}
        given = Given(RetrievalConfig, {n: v for n, v in self.examples.values.items() if n in names})
        configs = [
            Given(RetrievalConfig, {"strategy": strategy} | given.values).make()
            for strategy in self.rows.make().strategies
        ]
        problems = []
        for config in configs:
            try:
                given.check_effect(config)
            except OptionError as error:
                problems.append(error)
        if len(problems) == len(configs):
            raise problems[0]
        if "first_pass" in self.examples and not any(config.needs_first_pass for config in configs):
            raise OptionError(
                "`first_pass` has no effect without strategy skeleton or skeleton-hybrid; leave it out",
                option="first_pass",
            )
        return configs[0]

    def read_model(self) -> Reading:
        """The model's tokenizer, chat template and own settings."""
        from nshot.generation import load_reading

        engine = self.engine.make()
        return load_reading(
            engine.model,
            adapter=engine.adapter,
            chat=self.settings.get("chat"),
            context_length=engine.context_length,
        )

    def resolve_settings(self, reading: Reading) -> ModelSettings:
        """What is given, put over the model's own settings; a budget that its context leaves.

        Raises:
            OptionError: The context leaves none.
        """
        own = reading.settings or ModelSettings(PromptConfig(template=SftConfig().template))
        found = self.settings.over(own)
        budget = found.prompt.budget
        if budget is None and reading.context_length is not None:
            budget = reading.context_length - found.decoding.max_new_tokens
            if budget < 1:
                raise OptionError(
                    "`max_new_tokens` leaves no room for a prompt in the model's context; lower it",
                    option="max_new_tokens",
                )
        template = self.settings.get("template") or own.template_name()
        # Of a row, the scope is drawn.
        return replace(found, prompt=replace(found.prompt, template=template, scope="full", budget=budget))
