"""Runs a comparison: the plan made from the options, with or without a model."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nshot.cli.options.comparing import ComparisonOptions, find_changed, parse_baseline
from nshot.cli.output.console import progress, say
from nshot.cli.wiring import LOCAL_BATCH
from nshot.errors import NshotError
from nshot.generation import EngineConfig, ModelSettings
from nshot.redaction import redact, redact_all

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.eval import Comparison
    from nshot.experiments import ComparisonPlan, Grid
    from nshot.generation import Engine
    from nshot.retrieval import FirstPass
    from nshot.types import Question


SHOWN_REASONS = 5
"""Reasons why SQL failed that are shown, at most."""


def choose_questions(
    questions: list[Question], asked: ComparisonOptions
) -> tuple[list[Question], FirstPass | None]:
    """The questions, or a sample of them, and their first pass if a file has it."""
    from nshot.experiments import stratify
    from nshot.pipeline import read_first_pass

    limit = asked.options.limit
    file = asked.examples.get("first_pass")
    first_pass = None if file is None else read_first_pass(file, questions)
    return (questions if limit is None else stratify(questions, limit, asked.seed)), first_pass


def run_comparison(
    grid: Grid,
    questions: tuple[Sequence[Question], FirstPass | None],
    asked: ComparisonOptions,
    *,
    index: Path,
    out: Path | None,
) -> Comparison:
    """Run the comparison and write it to `out`, if that is given."""
    from nshot.eval import check_folder, write_comparison
    from nshot.experiments import ReadingEngine, compare_examples
    from nshot.generation import load_reading

    if out is not None:
        check_folder(out)
    catalog = asked.databases.catalog(say)
    if asked.model is None:
        reader, chat = asked.options.tokenizer, asked.settings.get("chat", "auto")
        reading = load_reading(reader, chat=chat, context_length=asked.engine.get("context_length"))
        engine = ReadingEngine(reading, "an estimate" if reader == "none" else f"tokenizer of {reader}")
        plan = make_plan(grid, questions, asked, engine, index, catalog)
        with progress() as start:
            comparison = compare_examples(plan, start=start)
    else:
        assert out is not None
        comparison = _with_model(grid, questions, asked, asked.model, index, catalog, out)
    if out is not None:
        write_comparison(comparison, out)
    return comparison


def _with_model(
    grid: Grid,
    questions: tuple[Sequence[Question], FirstPass | None],
    asked: ComparisonOptions,
    model: EngineConfig,
    index: Path,
    catalog: Catalog,
    out: Path,
) -> Comparison:
    from nshot.data import sample_dir
    from nshot.eval import Evaluator
    from nshot.experiments import CachedEngine, CompletionStore, Judging, compare_answers
    from nshot.generation import identity, load_engine

    databases, options, chat = asked.databases, asked.options, asked.resolve_settings().chat
    config = replace(asked.judging.make(), timeout=asked.execution.timeout)
    evaluator = Evaluator(databases.databases or sample_dir(), databases.tables, config, databases.one())
    suite = None if options.suite is None else Evaluator(options.suite, databases.tables, config)
    say(f"loading {model.model} ...")
    inner = load_engine(model, chat=chat)
    batch = options.batch or (LOCAL_BATCH if model.in_process else 16)
    with CompletionStore(out / "completions.jsonl") as store:
        _tell_changes(out, catalog, questions[0])
        engine = CachedEngine(inner, store, identity(model, inner.name, chat), batch)
        plan = make_plan(grid, questions, asked, engine, index, catalog)
        judging = Judging(engine, evaluator, out / "predictions", suite)
        with progress() as start:
            return compare_answers(plan, judging, start=start)


def _tell_changes(out: Path, catalog: Catalog, questions: Sequence[Question]) -> None:
    """Says which databases are not what they were when the completions in `out` were written."""
    from nshot.experiments import update_fingerprints
    from nshot.pipeline import fingerprint_databases

    now = fingerprint_databases(catalog, (question.db_id for question in questions))
    if changed := update_fingerprints(out, now):
        say(
            f"note: schema or content of {', '.join(changed)} changed since completions were kept in {out}: "
            "prompts that show what changed are answered again, and all SQL is run again"
        )


def check_answered(comparison: Comparison) -> None:
    """Tells why no SQL of any system could be run, if that is so.

    Raises:
        NshotError: None could.
    """
    invalid = [one.estimate.value for one in comparison.scores if one.measure == "invalid"]
    if not invalid or min(invalid) < 1:
        return
    reasons = Counter(answer.reason for case in comparison.cases for answer in case.answers)
    named = "; ".join(f"{count} x {reason}" for reason, count in reasons.most_common(SHOWN_REASONS))
    raise NshotError(f"none of the {reasons.total()} answers could be run: {named}; check `databases`")


def make_plan(
    grid: Grid,
    questions: tuple[Sequence[Question], FirstPass | None],
    asked: ComparisonOptions,
    engine: Engine,
    index: Path,
    catalog: Catalog,
) -> ComparisonPlan:
    """The plan of the comparison, with the facts for the report."""
    from nshot.experiments import ComparisonPlan, RunConfig
    from nshot.index import SentenceTransformerEncoder, open_store
    from nshot.retrieval import Retriever

    some, first_pass = questions
    opened, how, execution = open_store(index), asked.resolve_settings(), asked.execution
    if execution.way == "first" and not execution.repair:
        execution = replace(execution, enabled=False)  # the evaluator runs it; once is enough

    run_config = RunConfig(
        engine=engine,
        catalog=catalog,
        schemas=Retriever(opened, asked.retrieval_config("keyword", "top"), catalog=catalog),
        settings=how,
        execution=execution,
    )
    configs = [asked.retrieval_config(strategy, select) for strategy, select in grid.strategies]
    if first_pass is None and any(config.needs_first_pass for config in configs):
        first_pass = run_config.first_pass()
    encoder = asked.examples.get("encoder")
    return ComparisonPlan(
        grid=grid,
        questions=some,
        index=opened,
        catalog=catalog,
        configure=asked.retrieval_config,
        run_config=run_config,
        baseline=parse_baseline(asked),
        encoder=None if encoder is None else SentenceTransformerEncoder(encoder),
        first_pass=first_pass,
        seed=asked.seed,
        info=_info(some, asked, opened, engine.name, how),
    )


def _info(
    questions: Sequence[Question], asked: ComparisonOptions, index: Any, engine: str, how: ModelSettings
) -> dict[str, Any]:
    from nshot.artifacts import questions_sha256, surroundings
    from nshot.experiments import parse_shots

    manifest = index.manifest
    about = surroundings()
    settings = {
        **find_changed(asked.databases), **asked.examples.values, **asked.settings.values,
        **asked.engine.values, **find_changed(asked.execution), **asked.judging.values, **asked.grid.values,
    }  # fmt: skip
    found: dict[str, Any] = redact_all(
        {
            "command": shlex.join(["nshot", *map(_show_argument, sys.argv[1:])]),
            "date": datetime.now(UTC).date().isoformat(),
            "questions": f"{len(questions):,} of {len({q.db_id for q in questions}):,} databases",
            "questions sha256": questions_sha256(questions),
            "pool": f"{len(index):,} examples, sha256 {manifest.pool_sha256[:12]}, "
            f"same db {manifest.same_db}",
            "same_db": manifest.same_db,
            "encoder": manifest.encoder.name if manifest.encoder else "none",
            "tokens counted by": engine,
            "asked with": str(replace(how, shots=max(parse_shots(asked.options.shots)))),
            **({"model": engine, "judged": asked.judging.make().mode} if asked.model else {}),
            "settings": {key: _show_argument(str(value)) for key, value in settings.items()},
            "versions": about["versions"],
            "commit": about["commit"],
        }
    )
    return found


def _show_argument(argument: str) -> str:
    """An argument as a report shows it: a path outside this folder is reduced to its last part.

    >>> _show_argument("/home/me/dev.json"), _show_argument("--index=../spider"), _show_argument("a b")
    ('dev.json', '--index=spider', 'a b')
    """
    option, equals, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
    outside = value.startswith(("/", "~", ".."))
    return redact(option + equals + (Path(value).name if outside else value))
