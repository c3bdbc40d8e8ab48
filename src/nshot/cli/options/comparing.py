"""The options of `nshot compare`, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from nshot.errors import OptionError
from nshot.eval import EvalConfig
from nshot.generation import Decoding, EngineConfig, ModelSettings
from nshot.options import Given, as_values, check_least, list_options, option
from nshot.pipeline import DatabasesOrOne, ExampleConfig, Execution, put_over, resolve
from nshot.retrieval import RetrievalConfig

if TYPE_CHECKING:
    from nshot.experiments import Grid

RETRIEVAL = frozenset(one.name for one in list_options(RetrievalConfig))
"""Options of retrieval."""
WITHOUT_MODEL = frozenset(("model", "chat", "context_length", "max_new_tokens"))
"""Model options that also have an effect without a model, because they decide how prompts are
counted.
"""


@dataclass(frozen=True)
class GridOptions:
    """What is compared."""

    PANEL: ClassVar = "Comparison"

    strategies: str = option("random,keyword,masked-hybrid,double-hybrid", common=True)
    """Comma-separated strategies. One with a selection of its own, in place of `select`, is written
    masked-hybrid/distinct."""
    shots: str = option("1,3,5", common=True)
    """Comma-separated numbers of examples; 0 (no examples) needs a model."""
    baseline: str = option("", common=True)
    """The strategy that all others are compared with. By default the first of `strategies`."""
    seeds: int = option(5)
    """Number of draws of the strategy random (and of a model that samples), from `seed` on."""
    limit: int | None = option(None, common=True)
    """Compare on a seeded sample of this many questions, with the same mix of hardness and
    databases. By default all."""
    tokenizer: str = option("embedded")
    """The model whose tokenizer counts the tokens of prompts if no `model` is given; none for an
    estimate.
    """
    suite: Path | None = option(None)
    """Folder of Spider's test suite (several databases in each <db_id>/), to report test-suite
    accuracy in addition to execution accuracy. Needs `model`."""
    batch: int | None = option(None)
    """Prompts that are computed, and then stored, together. Needs `model`. By default 64; with a
    server or llama.cpp 16."""


class ComparisonOptions(NamedTuple):
    """All options of a comparison."""

    grid: Given[GridOptions]
    databases: DatabasesOrOne
    examples: Given[ExampleConfig]
    """Options of the examples, apart from the strategy, which is the grid's."""
    engine: Given[EngineConfig]
    """The model. If `model` is given, answers are compared, else the examples alone."""
    settings: Given[ModelSettings]
    execution: Execution
    judging: Given[EvalConfig]
    """How the model's SQL is judged."""

    @property
    def model(self) -> EngineConfig | None:
        """The model that writes SQL; None for a comparison without a model."""
        return self.engine.make() if "model" in self.engine else None

    @property
    def options(self) -> GridOptions:
        """What is compared."""
        return self.grid.make()

    @property
    def seed(self) -> int:
        """The seed of random draws."""
        return int(self.examples.get("seed", 0))

    @property
    def select(self) -> str:
        """The selection of strategies that have none of their own."""
        return str(self.examples.get("select", RetrievalConfig.select))

    def resolve_settings(self) -> ModelSettings:
        """The settings that the model is used with; without a model, the defaults."""
        if self.model is not None:
            return resolve(self.model, self.settings, seed=self.seed)
        return put_over(ModelSettings(), self.settings, seed=self.seed)

    def retrieval_config(self, strategy: str, select: str, seed: int | None = None) -> RetrievalConfig:
        """The retrieval settings for a strategy and a selection."""
        values = {name: value for name, value in self.examples.values.items() if name in RETRIEVAL}
        values |= {"strategy": strategy, "select": select, "seed": self.seed if seed is None else seed}
        return Given(RetrievalConfig, values).make()


def make_grid(asked: ComparisonOptions, out: Path | None) -> Grid:
    """The grid, after all checks that need no file.

    Raises:
        OptionError: An option is out of range, needs a model or a folder, or has no effect.
    """
    from nshot.experiments import Grid, parse_shots, parse_strategies

    options = asked.options
    check_least("seeds", options.seeds)
    check_least("batch", options.batch)
    _check_model(asked, out)
    wanted = parse_shots(options.shots)
    strategies = parse_strategies(options.strategies, asked.select) if any(wanted) else ()
    seeds = tuple(range(asked.seed, asked.seed + options.seeds))
    configs = [asked.retrieval_config(strategy, select) for strategy, select in strategies]
    parse_baseline(asked)
    _check_effect(asked, configs)
    return Grid(strategies, wanted, seeds, sampled=asked.resolve_settings().decoding.method == "sample")


def _check_model(asked: ComparisonOptions, out: Path | None) -> None:
    if asked.model is None:
        decoding = {one.name for one in list_options(Decoding)}
        idle = [*asked.engine.values, *(name for name in asked.settings.values if name in decoding)]
        idle += [*find_changed(asked.execution)]
        idle += [name for name in ("suite", "batch") if name in asked.grid]
        idle += asked.judging.values
        if unread := [name for name in idle if name not in WITHOUT_MODEL]:
            listed = ", ".join(f"`{name}`" for name in unread)
            raise OptionError(f"{listed} has no effect without a model; give `model`", option="model")
    elif "tokenizer" in asked.grid:
        raise OptionError("`tokenizer` has no effect with a model, which counts with its own; leave it out")
    elif out is None:
        raise OptionError("a comparison with a model keeps what it computes: give --out FOLDER")


def _check_effect(asked: ComparisonOptions, configs: Sequence[RetrievalConfig]) -> None:
    """Check that every given option of retrieval has an effect on at least one strategy."""
    for name, value in asked.examples.values.items():
        if name in RETRIEVAL and configs:
            given = Given(RetrievalConfig, {name: value})
            problems = [problem for config in configs if (problem := _check_answer_options(given, config))]
            if len(problems) == len(configs):
                raise problems[0]
    two = [config.strategy for config in configs if config.needs_first_pass]
    if "first_pass" in asked.examples and not two:
        raise OptionError(
            "`first_pass` has no effect without strategy skeleton or skeleton-hybrid; leave it out",
            option="first_pass",
        )
    if two and asked.model is None and "first_pass" not in asked.examples:
        raise OptionError(
            f"{two[0]} ranks by the SQL of a first pass; give `first_pass` FILE, or `model`",
            option="first_pass",
        )


def _check_answer_options(given: Given[RetrievalConfig], config: RetrievalConfig) -> OptionError | None:
    try:
        given.check_effect(config)
    except OptionError as error:
        return error
    return None


def measures_to_show(text: str, asked: ComparisonOptions) -> list[str]:
    """The measures that the user named, checked before anything is computed.

    Raises:
        UnknownNameError: This comparison does not compute one of them.
    """
    from nshot.cli.output.board import choose_measures
    from nshot.experiments import ANSWERED, EXAMINED

    answered = [name for name in ANSWERED if name != "ts" or asked.options.suite is not None]
    return choose_measures(text, (*(answered if asked.model else ()), *EXAMINED))


def parse_baseline(asked: ComparisonOptions) -> tuple[str, str] | None:
    """The strategy and selection of --baseline; None for the grid's first.

    Raises:
        OptionError: It names several.
    """
    from nshot.experiments import parse_strategies

    baseline = asked.options.baseline
    if not baseline:
        return None
    named = parse_strategies(baseline, asked.select)
    if len(named) > 1:
        raise OptionError(
            f"`baseline` takes one strategy, got {len(named)} ({baseline}); name one", option="baseline"
        )
    return named[0]


def find_changed(config: Any) -> dict[str, Any]:
    """The options of a config that are not at their defaults."""
    usual = {one.name: one.default for one in list_options(type(config))}
    return {name: value for name, value in as_values(config).items() if value != usual[name]}
