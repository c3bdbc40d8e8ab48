"""Prompts and predictions of a grid: one pipeline per run, one engine for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nshot.artifacts import StartStage
from nshot.data import Catalog
from nshot.errors import NshotError
from nshot.experiments.cached_engine import CachedEngine
from nshot.experiments.pick import Picked
from nshot.generation import Decoding, Engine, ModelSettings
from nshot.pipeline import CatalogDatabases, Execution, Pipeline, WrittenFirstPass, bind_pipeline
from nshot.retrieval import Retriever
from nshot.types import Prediction, Prompt, Question


@dataclass(frozen=True)
class RunConfig:
    """How every run of a grid is executed; runs differ only in their examples and seeds."""

    engine: Engine
    catalog: Catalog
    schemas: Retriever
    """The schemas of the pool's databases."""
    settings: ModelSettings
    """How the model is prompted and decoded; examples and seed come from the run."""
    execution: Execution

    def pipeline(self, picked: Picked) -> Pipeline:
        """The pipeline of a run."""
        shots = picked.run.system.shots
        return bind_pipeline(
            self.engine,
            self._databases,
            replace(self.settings, shots=shots, decoding=self.decoding_of(picked)),
            retriever=picked if shots else None,
            execution=self.execution,
        )

    def first_pass(self) -> WrittenFirstPass:
        """First-pass SQL that the model writes without examples, for two-pass strategies."""
        without = self.settings.builder(self.engine, self.engine.context_length, shots=0)
        return WrittenFirstPass(self.engine, self._databases, without, self.settings.decoding)

    def decoding_of(self, picked: Picked) -> Decoding:
        """The decoding of a run; sampling uses the run's seed."""
        return replace(self.settings.decoding, seed=picked.run.seed)

    @property
    def _databases(self) -> CatalogDatabases:
        return CatalogDatabases(self.catalog, self.schemas, config=self.settings.prompt)


def prompts_of(run_config: RunConfig, picked: Picked, questions: Sequence[Question]) -> list[Prompt | None]:
    """The prompt of each question; None if it cannot be built (no such database, too long ...)."""
    pipeline = run_config.pipeline(picked)
    return [_prompt(pipeline, question) for question in questions]


def fill(
    run_config: RunConfig,
    engine: CachedEngine,
    grid: Sequence[Picked],
    questions: Sequence[Question],
    *,
    start: StartStage,
) -> None:
    """Compute all completions of the grid that are not stored yet, for all runs together.

    Prompts of all runs are sorted together, so that prompts with a common beginning are neighbours.
    Each batch is stored before the next begins.
    """
    wanted: dict[Decoding, list[Prompt]] = {}
    step = start("prompts", len(grid))
    for picked in grid:
        prompts = prompts_of(run_config, picked, questions)
        wanted.setdefault(run_config.decoding_of(picked), []).extend(p for p in prompts if p is not None)
        step(1)
    if run_config.settings.decoding.method != "sample":
        wanted = {run_config.settings.decoding: [prompt for prompts in wanted.values() for prompt in prompts]}
    missing = {decoding: engine.list_missing(some, decoding) for decoding, some in wanted.items()}
    step = start("completions", sum(map(len, missing.values())))
    for decoding, some in missing.items():
        engine.fill(some, decoding, step)


def answer(
    run_config: RunConfig, grid: Sequence[Picked], questions: Sequence[Question]
) -> Iterator[list[Prediction]]:
    """The predictions of every run, in order."""
    for picked in grid:
        yield list(run_config.pipeline(picked).predict(questions))


def _prompt(pipeline: Pipeline, question: Question) -> Prompt | None:
    try:
        return pipeline.prepare(question)[0]
    except NshotError:
        return None
