"""The options of `nshot compare`, and the comparison put together from them."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nshot.cli.options import DatabaseOptions, DecodingOptions, ModelOptions, PickingOptions, PromptStyle
from nshot.cli.output.console import progress, say
from nshot.errors import OptionError

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.eval.comparison import Comparison
    from nshot.experiments import ComparisonPlan, Grid
    from nshot.generation import Engine, ModelSettings
    from nshot.prompting import PromptBuilder
    from nshot.retrieval import FirstPass
    from nshot.types import Question

WITHOUT_MODEL = frozenset(("model", "chat", "context_length", "max_new_tokens"))
"""Options of the model and its decoding that count without one, too: they decide how prompts are read."""
Groups = tuple[DatabaseOptions, PickingOptions, PromptStyle, "ComparedModel", DecodingOptions, "GridOptions"]


@dataclass(frozen=True)
class GridOptions:
    """What is compared."""

    strategies: Annotated[
        str,
        typer.Option(
            help="Strategies with commas between, each perhaps with a selection of its own: "
            "random,keyword,masked-hybrid/distinct."
        ),
    ] = "random,keyword,masked-hybrid,double-hybrid"
    select: Annotated[str, typer.Option(help="The selection of strategies that name none.")] = "top"
    shots: Annotated[
        str, typer.Option(help="Numbers of examples, with commas between; 0 (no examples) needs a model.")
    ] = "1,3,5"
    baseline: Annotated[
        str, typer.Option(help="The strategy that all are held against. Default: the first of --strategies.")
    ] = ""
    seeds: Annotated[
        int, typer.Option(help="How often random draws (and a model that samples), from --seed on.")
    ] = 5
    limit: Annotated[
        int | None,
        typer.Option(help="Only so many questions: a seeded sample with the mix of hardness and databases."),
    ] = None
    tokenizer: Annotated[
        str,
        typer.Option(
            help="Without a model: whose tokenizer counts the tokens of prompts; none for an estimate."
        ),
    ] = "embedded"
    mode: Annotated[
        str, typer.Option(help="With a model: how its SQL is judged, official, classic or strict (see eval).")
    ] = "official"
    suite: Annotated[
        Path | None,
        typer.Option(
            help="With a model: a folder of Spider's test suite (several databases in each <db_id>/), for "
            "the test-suite accuracy beside EX."
        ),
    ] = None
    batch: Annotated[
        int | None,
        typer.Option(
            help="With a model: how many prompts are computed, and then kept, together. Default: 64; with a "
            "server or llama.cpp 16."
        ),
    ] = None


@dataclass(frozen=True)
class ComparedModel(ModelOptions):
    """Which model writes, if any."""

    model: Annotated[
        str | None,
        typer.Option(
            help="Compare by what this model makes of the examples: embedded, a hub id, a folder, a .gguf "
            "file, or http(s)://host/v1 of a server. Default: none, only the examples are measured."
        ),
    ] = None  # type: ignore[assignment]

    @property
    def local(self) -> bool:
        """As of the model; without one nothing is searched."""
        return self.model is None or super().local

    def model_settings(self) -> ModelSettings:
        """As of the model; without one, as any other is asked."""
        from nshot.generation import ModelSettings

        return super().model_settings() if self.model is not None else ModelSettings()


def make_grid(
    options: GridOptions,
    picking: PickingOptions,
    model: ComparedModel,
    decoding: DecodingOptions,
    out: Path | None,
) -> Grid:
    """The grid. Everything that can be checked without reading a file is checked here.

    Raises:
        OptionError: An option is out of range, needs a model or a folder, or would have no effect.
    """
    from nshot.experiments import Grid, parse_shots, parse_strategies
    from nshot.retrieval import STRATEGIES

    for name, value in (("--seeds", options.seeds), ("--batch", options.batch)):
        if value is not None and value < 1:
            raise OptionError(f"{name} must be at least 1, got {value}")
    if model.model is None:
        idle = [*_changed(model), *_changed(decoding), *_changed(options, ("mode", "suite", "batch"))]
        if unread := [name for name in idle if name not in WITHOUT_MODEL]:
            listed = ", ".join("--" + name.replace("_", "-") for name in unread)
            raise OptionError(f"{listed} has no effect without a model; give --model")
    elif _changed(options, ("tokenizer",)):
        raise OptionError("--tokenizer has no effect with a model, which counts with its own; leave it out")
    elif out is None:
        raise OptionError("a comparison with a model keeps what it computes: give --out FOLDER")
    wanted = parse_shots(options.shots)
    strategies = parse_strategies(options.strategies, options.select) if any(wanted) else ()
    seeds = tuple(range(picking.seed, picking.seed + options.seeds))
    for strategy, select in strategies:
        picking.picking(strategy, select)
    _baseline(options)
    names = {strategy: None for strategy, _ in strategies}
    picking.refuse_idle(names)
    picking.refuse_idle_diversity([select for _, select in strategies])
    two = [name for name in names if STRATEGIES[name].two_pass]
    if two and model.model is None and picking.first_pass is None:
        raise OptionError(f"{two[0]} ranks by the SQL of a first pass; give --first-pass FILE, or --model")
    chosen = decoding.over(model.model_settings(), picking.seed, model.local).decoding
    return Grid(strategies, wanted, seeds, sampled=chosen.method == "sample")


def measures_to_show(text: str, options: GridOptions, model: ComparedModel) -> list[str]:
    """The measures that the user names, checked before anything is computed.

    Raises:
        UnknownNameError: One is not taken in this comparison.
    """
    from nshot.cli.output.board import named_measures
    from nshot.experiments import ANSWERED, EXAMINED

    answered = [name for name in ANSWERED if name != "ts" or options.suite is not None]
    return named_measures(text, (*(answered if model.model else ()), *EXAMINED))


def read_asked(
    path: Path, columns: str, limit: int | None, picking: PickingOptions
) -> tuple[list[Question], FirstPass | None]:
    """The questions, or a sample of them, and the first pass of them that a file holds."""
    from nshot.data import ColumnMap, read_questions
    from nshot.experiments import stratify

    asked = read_questions(path, ColumnMap.parse(columns))
    first_pass = picking.known_first_pass(asked)
    return (asked if limit is None else stratify(asked, limit, picking.seed)), first_pass


def compared(
    grid: Grid,
    asked: tuple[Sequence[Question], FirstPass | None],
    groups: Groups,
    *,
    index: Path,
    out: Path | None,
) -> Comparison:
    """The comparison, written to `out` where that is given."""
    from nshot.eval.report import write_comparison
    from nshot.experiments import compare_examples
    from nshot.experiments.reading_engine import ReadingEngine
    from nshot.generation.engines.loading import load_reading

    databases, _, _, model, _, options = groups
    catalog = databases.catalog()
    if model.model is None:
        reader = options.tokenizer
        reading = load_reading(reader, chat=model.chat or "auto", context_length=model.context_length)  # type: ignore[arg-type]
        engine = ReadingEngine(reading, "an estimate" if reader == "none" else f"tokenizer of {reader}")
        plan = make_plan(grid, asked, groups, engine, index, catalog)
        with progress() as start:
            comparison = compare_examples(plan, start=start)
    else:
        assert out is not None
        comparison = _with_model(grid, asked, groups, index, catalog, out)
    if out is not None:
        write_comparison(comparison, out)
    return comparison


def _with_model(
    grid: Grid,
    asked: tuple[Sequence[Question], FirstPass | None],
    groups: Groups,
    index: Path,
    catalog: Catalog,
    out: Path,
) -> Comparison:
    from nshot.data import sample_dir
    from nshot.eval import EvalConfig, Evaluator
    from nshot.experiments import CachedEngine, CompletionStore, Judging, compare_answers

    databases, _, _, model, decoding, options = groups
    config = EvalConfig(mode=options.mode, timeout=decoding.timeout)  # type: ignore[arg-type]
    evaluator = Evaluator(databases.databases or sample_dir(), databases.tables, config)
    suite = None if options.suite is None else Evaluator(options.suite, databases.tables, config)
    say(f"loading {model.model} ...")
    inner = model.engine()
    with CompletionStore(out / "completions.jsonl") as store:
        engine = CachedEngine(
            inner, store, model.identity(inner.name), model.together(options.batch, elsewhere=16)
        )
        plan = make_plan(grid, asked, groups, engine, index, catalog)
        judging = Judging(engine, evaluator, out / "predictions", suite)
        with progress() as start:
            return compare_answers(plan, judging, start=start)


def make_plan(
    grid: Grid,
    asked: tuple[Sequence[Question], FirstPass | None],
    groups: Groups,
    engine: Engine,
    index: Path,
    catalog: Catalog,
) -> ComparisonPlan:
    """The plan of the comparison, with all that the report says of its making."""
    from nshot.experiments import ComparisonPlan, RunConfig
    from nshot.index import ExampleIndex
    from nshot.retrieval import STRATEGIES, Retriever

    _, picking, style, model, decoding, options = groups
    questions, first_pass = asked
    opened = ExampleIndex(index)
    execution = decoding.execution()
    if execution.way == "first" and not decoding.repair:
        execution = replace(execution, enabled=False)  # the evaluator runs it; once is enough

    how = decoding.over(style.over(model.model_settings()), picking.seed, model.local)

    def builder(shots: int, reader: Engine) -> PromptBuilder:
        return how.builder(reader, reader.context_length, shots)

    run_config = RunConfig(
        engine=engine,
        catalog=catalog,
        schemas=Retriever(opened, picking.picking("keyword", "top"), catalog=catalog),
        make_builder=builder,
        decoding=how.decoding,
        execution=execution,
        repair=decoding.repair,
        show_values=how.prompt.show_values,
    )
    if first_pass is None and any(STRATEGIES[name].two_pass for name, _ in grid.strategies):
        first_pass = run_config.first_pass()
    return ComparisonPlan(
        grid=grid,
        questions=questions,
        index=opened,
        catalog=catalog,
        configure=picking.picking,
        run_config=run_config,
        baseline=_baseline(options),
        encoder=picking.make_encoder(),
        first_pass=first_pass,
        seed=picking.seed,
        info=_info(questions, groups, opened, engine.name, how),
    )


def _baseline(options: GridOptions) -> tuple[str, str] | None:
    """The strategy and selection of --baseline; None for the grid's first.

    Raises:
        OptionError: It names several.
    """
    from nshot.experiments import parse_strategies

    if not options.baseline:
        return None
    named = parse_strategies(options.baseline, options.select)
    if len(named) > 1:
        raise OptionError(f"--baseline takes one strategy, got {len(named)}: {options.baseline}")
    return named[0]


def _info(
    asked: Sequence[Question], groups: Groups, index: Any, engine: str, how: ModelSettings
) -> dict[str, Any]:
    from nshot.artifacts.run_metadata import questions_sha256, surroundings
    from nshot.experiments import parse_shots

    *_, model, _, options = groups
    manifest = index.manifest
    about = surroundings()
    settings = {key: value for group in groups for key, value in _changed(group).items()}
    return {
        "command": shlex.join(["nshot", *map(_shown, sys.argv[1:])]),
        "date": datetime.now(UTC).date().isoformat(),
        "questions": f"{len(asked):,} of {len({q.db_id for q in asked}):,} databases",
        "questions sha256": questions_sha256(asked),
        "pool": f"{len(index):,} examples, sha256 {manifest.pool_sha256[:12]}, same db {manifest.same_db}",
        "encoder": manifest.encoder.name if manifest.encoder else "none",
        "tokens counted by": engine,
        "asked with": str(replace(how, shots=max(parse_shots(options.shots)))),
        **({"model": engine, "judged": options.mode} if model.model else {}),
        "settings": {key: _shown(str(value)) for key, value in settings.items()},
        "versions": about["versions"],
        "commit": about["commit"],
    }


def _changed(group: Any, names: Sequence[str] = ()) -> dict[str, Any]:
    """The options of a group that are not at their defaults; only those of `names`, if any are given."""
    values, usual = asdict(group), {field.name: field.default for field in fields(group)}
    return {
        name: value for name, value in values.items() if value != usual[name] and (not names or name in names)
    }


def _shown(argument: str) -> str:
    """An argument as a report shows it: a path outside this folder by its last part, the rest as it is.

    >>> _shown("/home/me/dev.json"), _shown("--index=../runs/spider"), _shown("http://host/v1")
    ('dev.json', '--index=spider', 'http://host/v1')
    """
    option, equals, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
    outside = value.startswith(("/", "~", ".."))
    return option + equals + (Path(value).name if outside else value)
