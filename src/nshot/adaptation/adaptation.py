"""Adapts a model to pairs: measures, tunes, chooses, measures again, writes the page and the
folder.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nshot.adaptation.choose import JudgedState, choose_state, explain_choice, list_states
from nshot.adaptation.folder import (
    CHECK,
    COMPLETIONS,
    FILE,
    INDEX,
    TRAINING,
    find_state,
    link_databases,
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
from nshot.errors import DataError
from nshot.generation import EngineConfig, ModelSettings
from nshot.pipeline import PipelineConfig, copy_reranker
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
    """The result of an adaptation: its folder, its measurements and how the training went."""

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
        DataError: The folder holds something else, or the time was too short for a step.
        EngineError: The model cannot be loaded.
    """
    from nshot.experiments import CompletionStore

    asked = plan.describe()
    open_folder(out, asked)
    with (
        hold_file(out / FILE, "another folder"),
        CompletionStore(out / COMPLETIONS) as store,
        _Measurement.prepare(plan, out, store, watch.report) as measurement,
    ):
        _build_index(plan, out, watch)
        before = measurement.run(plan.start, START)
        outcome = tune(plan, out / INDEX, out / TRAINING, watch)
        if outcome.ending == "stopped":
            return Adaptation(out, "stopped", _keep_newest(plan, out, outcome))
        chosen = _choose(plan, out, outcome, measurement)
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


def _keep_newest(plan: AdaptPlan, out: Path, outcome: Outcome) -> ChosenState | None:
    """Puts the state of the lowest loss so far, else the newest, into the folder; None if there is
    none.
    """
    state = find_state(out / TRAINING)
    if state is None:
        return None
    _write_model(plan, out, state)
    best, now = outcome.best, outcome.state
    step = now.step if best is None or state.name == "last" else best.step
    why = "the lowest loss so far" if state.name == "best" else "the newest state"
    return ChosenState(step, now.step, read_passes(out / TRAINING), now.seconds / 60, why)


def _choose(plan: AdaptPlan, out: Path, outcome: Outcome, measurement: _Measurement) -> ChosenState:
    """Puts the state with the best answers to held-out questions into the folder; without any, the
    last.
    """
    now, passes = outcome.state, read_passes(out / TRAINING)
    if not plan.split.held_out:
        _write_model(plan, out, out / TRAINING / "last")
        return ChosenState(now.step, now.step, passes, now.seconds / 60, "the last: nothing was held out")
    judged = [
        JudgedState(state, measurement.judge(replace(plan.start, model=plan.base, adapter=state.folder)))
        for state in list_states(out / TRAINING)
    ]
    if not judged:
        raise DataError(f"no step was made in {plan.config.minutes:g} minutes; give more (`minutes`)")
    state = choose_state(judged).state
    _write_model(plan, out, state.folder)
    return ChosenState(state.step, now.step, passes, now.seconds / 60, explain_choice(judged))


def _write_model(plan: AdaptPlan, out: Path, state: Path) -> None:
    """Puts a state into the folder, with its settings and the reranker of the start model."""
    write_model(out, state, plan.base, _make_adapted_settings(plan))
    copy_reranker(plan.start, out)


def _make_adapted_settings(plan: AdaptPlan) -> ModelSettings:
    """The settings of the adapted model: those of the start model, and what its rows showed."""
    return replace(plan.adapted_settings, own_shots=plan.own_shots, trained_shots=plan.config.examples_shown)


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
    def prepare(
        cls, plan: AdaptPlan, out: Path, store: CompletionStore, report: StartStage
    ) -> Iterator[_Measurement]:
        """With the folders of databases that the evaluators read."""
        held, check = plan.split.held_out, plan.check
        with (
            link_databases(plan.catalog, (one.db_id for one in held)) as own_files,
            link_databases(check.catalog, (one.db_id for one in check.questions)) as check_files,
        ):
            yield cls(
                plan,
                out,
                store,
                _collect_questions(plan, held, plan.catalog, own_files, out / INDEX),
                _collect_questions(plan, check.questions, check.catalog, check_files, None),
                report,
            )

    def judge(self, config: EngineConfig) -> WayResult:
        """The answers of a state of the training to the held-out questions, with pairs shown."""
        return ask(self._own, self._load(config), Way(ADAPTED, self._plan.own_shots), self._report)

    def run(self, config: EngineConfig, model: str) -> _Ways:
        """The answers of a model to the held-out questions, without pairs and with, and to the
        check.
        """
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
        parts = inner.name.split("+")  # base, name of the adapter's folder, precision
        name = f"{parts[0]}+{parts[-1]}"  # a copy of an adapter in another folder is the same model
        return CachedEngine(inner, self._store, identity(config, name, chat), BATCH)


def _collect_questions(
    plan: AdaptPlan, questions: Sequence[Question], catalog: Catalog, files: Path, index: Path | None
) -> AskedQuestions:
    from nshot.eval import EvalConfig, Evaluator

    evaluator = Evaluator(files, None, EvalConfig(skip_bad_gold=True, cache=False))
    settings = {START: plan.settings, ADAPTED: plan.adapted_settings}
    confidence = PipelineConfig(plan.start).make_confidence()
    if confidence is None or confidence.calibration.reranker is None:
        return AskedQuestions(questions, catalog, settings, evaluator, index)
    most = confidence.calibration.candidates
    settings = {model: _write_several(own, most) for model, own in settings.items()}
    return AskedQuestions(questions, catalog, settings, evaluator, index, confidence)


def _write_several(settings: ModelSettings, candidates: int) -> ModelSettings:
    """The settings with so many candidates of each beam, at most as many as it is wide."""
    decoding = settings.decoding
    if decoding.method != "beam":
        return settings
    return replace(settings, decoding=replace(decoding, n=min(candidates, decoding.width)))


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
        "start model asked with": str(plan.settings),
        "adapted model asked with": str(plan.adapted_settings),
        "training": f"{state.minutes:.1f} min, {state.passes:g} passes, {state.steps} steps",
        "state": f"step {state.step}: {state.why}",
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
