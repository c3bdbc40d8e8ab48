"""Adapts a model to pairs: measures, tunes, chooses, measures again, writes the page and the folder."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nshot.adaptation.folder import (
    CHECK,
    COMPLETIONS,
    FILE,
    INDEX,
    TRAINING,
    find_state,
    linked_databases,
    open_folder,
    read_passes,
    write_folder,
    write_model,
)
from nshot.adaptation.measure import ADAPTED, BATCH, START, AskedQuestions, Way, WayResult, ask
from nshot.adaptation.plan import AdaptPlan
from nshot.adaptation.report import compare_ways
from nshot.adaptation.tune import tune
from nshot.artifacts import StartStage, hold_file
from nshot.generation import EngineConfig
from nshot.types import Question

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.experiments import CompletionStore
    from nshot.generation import Engine
    from nshot.training import Outcome, Watch

INTERVALS = (
    "Low and high beside a share are a 95 % Wilson interval: how much it would vary with other questions of "
    "this kind about the same databases. The interval of a difference is by bootstrap over databases."
)
Ending = Literal["finished", "stopped"]


class ChosenState(NamedTuple):
    """The state of the training that was kept."""

    step: int
    steps: int
    """Steps of the whole training."""
    passes: float
    """Passes over the pairs, those that rules made included."""
    minutes: float
    why: str


@dataclass(frozen=True)
class Adaptation:
    """What an adaptation led to."""

    out: Path
    ending: Ending
    """`stopped`: Ctrl-C came during the training; the folder has the best state so far."""
    state: ChosenState | None
    """None if the training was stopped before its first step."""
    results: tuple[WayResult, ...] = ()
    """The ways of asking the held-out questions; empty if none was held out."""
    check: tuple[WayResult, ...] = ()
    """Start model and adapted one on other databases."""


def adapt(plan: AdaptPlan, out: Path, watch: Watch) -> Adaptation:
    """Adapts a model, or goes on with an adaptation that was stopped.

    Args:
        plan: The pairs, the start model and the settings.
        out: The folder; what was computed is kept in it.
        watch: Reports the progress.

    Raises:
        DataError: The folder holds something else.
        EngineError: The model cannot be loaded.
    """
    from nshot.experiments import CompletionStore

    asked = plan.describe()
    open_folder(out, asked)
    with (
        hold_file(out / FILE, "another folder"),
        CompletionStore(out / COMPLETIONS) as store,
        _Measurement.opened(plan, out, store, watch.report) as measurement,
    ):
        _build_index(plan, out, watch)
        before = measurement.run(plan.start, START)
        outcome = tune(plan, out / INDEX, out / TRAINING, watch, measurement.judge)
        chosen = _keep(plan, out, outcome)
        if outcome.ending == "stopped":
            return Adaptation(out, "stopped", chosen)
        adapted = replace(plan.start, model=str(out), adapter=None)
        after = measurement.run(adapted, ADAPTED)
        made = Adaptation(out, "finished", chosen, (*before.own, *after.own), (*before.check, *after.check))
        measurement.write(made)
        write_folder(out, {"asked": asked, **_record(plan, made)})
        return made


def _build_index(plan: AdaptPlan, out: Path, watch: Watch) -> None:
    from nshot.retrieval import IndexConfig, build_index

    if not (out / INDEX / "manifest.json").is_file():
        config = IndexConfig("allow", encoder=plan.config.encoder)
        build_index(out / INDEX, plan.checked.examples, plan.catalog, config, report=watch.report)


def _keep(plan: AdaptPlan, out: Path, outcome: Outcome) -> ChosenState | None:
    """Puts the best state of the training, so far, into the folder."""
    from nshot.training import selection

    state = find_state(out / TRAINING)
    if state is None:
        return None
    settings = replace(plan.settings, own_shots=plan.own_shots, trained_shots=plan.config.examples_shown)
    write_model(out, state, plan.base, settings)
    best, now = outcome.best, outcome.state
    passes, minutes = read_passes(out / TRAINING), now.seconds / 60
    if best is None or state.name == "last":
        why = (
            "the newest state, not evaluated yet" if plan.split.held_out else "the last: nothing was held out"
        )
        return ChosenState(now.step, now.step, passes, minutes, why)
    why = selection(out / TRAINING).why
    return ChosenState(best.step, now.step, passes, minutes, why)


class _Ways(NamedTuple):
    """The results of one model."""

    own: tuple[WayResult, ...]
    check: tuple[WayResult, ...]


class _Measurement:
    """Asks and judges all questions of an adaptation."""

    def __init__(
        self,
        plan: AdaptPlan,
        out: Path,
        store: CompletionStore,
        own: AskedQuestions,
        check: AskedQuestions,
        report: StartStage,
    ) -> None:
        self._plan, self._out, self._store, self._report = plan, out, store, report
        self._own, self._check = own, check

    @classmethod
    @contextmanager
    def opened(
        cls, plan: AdaptPlan, out: Path, store: CompletionStore, report: StartStage
    ) -> Iterator[_Measurement]:
        """With the folders of databases that the evaluators read."""
        held, check = plan.split.held_out, plan.check
        with (
            linked_databases(plan.catalog, (one.db_id for one in held)) as own_files,
            linked_databases(check.catalog, (one.db_id for one in check.questions)) as check_files,
        ):
            yield cls(
                plan,
                out,
                store,
                _asked(plan, held, plan.catalog, own_files, out / INDEX),
                _asked(plan, check.questions, check.catalog, check_files, None),
                report,
            )

    def judge(self, questions: Sequence[Question], sqls: Sequence[str]) -> list[bool]:
        """Whether each SQL answers its held-out question."""
        return [verdict.ex for verdict in self._own.evaluator.judge(questions, sqls)]

    def run(self, config: EngineConfig, model: str) -> _Ways:
        """The answers of a model to the held-out questions, without pairs and with, and to the check."""
        if not self._own.questions and not self._check.questions:
            return _Ways((), ())
        engine = self._load(config)
        ways = [Way(model, 0), Way(model, self._plan.own_shots)] if self._own.questions else []
        own = tuple(ask(self._own, engine, way, self._report) for way in ways)
        check: tuple[WayResult, ...] = ()
        if self._check.questions:
            check = (ask(self._check, engine, Way(model, 0), self._report),)
        del engine
        gc.collect()
        return _Ways(own, check)

    def write(self, made: Adaptation) -> None:
        """Writes the pages."""
        from nshot.eval import write_comparison

        for results, asked, folder, title in (
            (made.results, self._own, self._out, f"Adapted to {len(self._plan.split.learnt)} pairs"),
            (made.check, self._check, self._out / CHECK, "What the adapted model forgot elsewhere"),
        ):
            if results:
                schemas = {one.db_id: asked.catalog.schema(one.db_id) for one in asked.questions}
                info = _info(self._plan, made, asked.questions)
                write_comparison(compare_ways(title, asked.questions, results, schemas, info), folder)

    def _load(self, config: EngineConfig) -> Engine:
        from nshot.experiments import CachedEngine
        from nshot.generation import identity, load_engine

        chat = self._plan.settings.chat
        inner = load_engine(config, chat=chat)
        return CachedEngine(inner, self._store, identity(config, inner.name, chat), BATCH)


def _asked(
    plan: AdaptPlan, questions: Sequence[Question], catalog: Catalog, files: Path, index: Path | None
) -> AskedQuestions:
    from nshot.eval import EvalConfig, Evaluator

    evaluator = Evaluator(files, None, EvalConfig(skip_bad_gold=True, cache=False))
    return AskedQuestions(questions, catalog, plan.settings, evaluator, index)


def _info(plan: AdaptPlan, made: Adaptation, questions: Sequence[Question]) -> dict[str, Any]:
    """The head of a page."""
    from datetime import UTC, datetime

    from nshot.artifacts import questions_sha256, surroundings

    state, about = made.state, surroundings()
    assert state is not None  # a finished training has one
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "questions": f"{len(questions):,} of {len({one.db_id for one in questions}):,} databases",
        "questions sha256": questions_sha256(list(questions)),
        "pairs learned from": f"{len(plan.split.learnt):,}",
        "pairs held out": f"{len(plan.split.held_out):,}",
        "rows left out": f"{len(plan.checked.left_out):,} of {plan.checked.rows:,}",
        "start model": Path(plan.start.model).name,
        "asked with": str(plan.settings),
        "training": f"{state.minutes:.1f} min, {state.passes:g} passes, {state.steps} steps",
        "state": f"step {state.step}, {state.why}; chosen on the held-out questions, which flatters it",
        "intervals": INTERVALS,
        "versions": about["versions"],
        "commit": about["commit"],
    }


def _record(plan: AdaptPlan, made: Adaptation) -> dict[str, Any]:
    """The results for `adaptation.json`."""
    return {
        "left_out": list(plan.checked.left_out),
        "learnt": len(plan.split.learnt),
        "held_out": [one.id for one in plan.split.held_out],
        "state": None if made.state is None else made.state._asdict(),
        "results": [_line(one) for one in made.results],
        "check": [_line(one) for one in made.check],
    }


def _line(result: WayResult) -> dict[str, Any]:
    found = result.estimate
    return {
        "way": result.way.label,
        "right": sum(result.right),
        "questions": len(result.right),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
    }
