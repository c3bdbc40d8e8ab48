"""The comparison with a model: its answers with the examples of every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nshot.artifacts import StartStage
from nshot.eval import (
    Answer,
    Case,
    Comparison,
    Evaluator,
    as_column,
    lower_is_better,
    make_answer,
    rate_verdicts,
)
from nshot.experiments.cached_engine import CachedEngine
from nshot.experiments.measured import Measured, MeasureValues, base, contrasts_of, correlations_of, scores_of
from nshot.experiments.pick import Picked, first_pass_info
from nshot.experiments.plan import ComparisonPlan
from nshot.experiments.run_config import answer, fill
from nshot.experiments.scoreboard import ceilings, example_values, make_judge, pick_examples
from nshot.experiments.write_predictions import write_predictions, write_questions
from nshot.pipeline import WrittenFirstPass
from nshot.types import Prediction, Question, Verdict

OUTCOMES: Final = ("ex", "em", "ts")
ANSWERED: Final = (*OUTCOMES, "invalid", "completion_tokens", "seconds")
"""Names of all measures of the answers; `ts` only with a test suite."""


@dataclass(frozen=True)
class Judging:
    """A model that writes SQL and an evaluator that judges it."""

    engine: CachedEngine
    """The engine of the plan."""
    evaluator: Evaluator
    folder: Path
    """The folder for the predictions of every run, and for the questions with their gold."""
    suite: Evaluator | None = None
    """Judges EX again on the several databases of each db_id of a test suite."""


def compare_answers(plan: ComparisonPlan, judging: Judging, *, start: StartStage) -> Comparison:
    """Compare all systems of the grid by EX, EM, invalid SQL, tokens and time, and the measures of
    their examples.

    Completions in the engine's store are not computed again, so an interrupted run can be resumed.

    Raises:
        EngineError: The model fails.
        GoldError: Gold SQL does not run; raised before anything is computed.
    """
    for evaluator in filter(None, (judging.evaluator, judging.suite)):
        evaluator.check_gold(plan.questions)  # first: without gold results, hours of work would be wasted
    _write_first_pass(plan, judging.engine, start)
    grid = pick_examples(plan, start)
    fill(plan.run_config, judging.engine, grid, plan.questions, start=start)
    judge = make_judge(plan)
    write_questions(judging.folder, plan.questions)
    step = start("judging", len(grid))
    measured: list[Measured] = []
    columns: list[list[Answer]] = []
    for one, predictions in zip(grid, answer(plan.run_config, grid, plan.questions), strict=True):
        verdicts = judging.evaluator.judge(plan.questions, [prediction.sql for prediction in predictions])
        values = example_values(judge, one, plan.questions)
        values |= _values(plan, judging.engine, one, predictions, verdicts)
        if judging.suite is not None:
            suite = judging.suite.judge(plan.questions, [p.sql for p in predictions])
            values["ts"] = rate_verdicts(suite)["ex"]
        measured.append(Measured(one.run, values))
        columns.append(_answers(plan, predictions, verdicts))
        write_predictions(judging.folder, one.run, predictions, judging.engine.name)
        step(1)
    found = scores_of(plan, measured)
    names = dict.fromkeys(base(str(measure)) for measure in judge.measures)
    graded = [name for name in names if not lower_is_better(name)]
    return Comparison(
        title="Ways of picking examples, by what a model makes of them",
        info={**plan.info, **first_pass_info(grid), **_databases(judging)},
        systems=plan.grid.systems(),
        scores=found,
        contrasts=contrasts_of(plan, measured, OUTCOMES),
        correlations=correlations_of(found, graded, OUTCOMES),
        mistakes=_count(plan, columns),
        runs=plan.grid.runs(),
        cases=_cases(plan.questions, columns, verdicts),
        ceiling=ceilings(judge, plan.questions),
    )


def _write_first_pass(plan: ComparisonPlan, engine: CachedEngine, start: StartStage) -> None:
    """Compute the first pass, if the model writes it, before it is used, with its own progress."""
    if isinstance(plan.first_pass, WrittenFirstPass):
        decoding = plan.first_pass.decoding
        prompts = [prompt for prompt in plan.first_pass.prompts(plan.questions) if prompt is not None]
        engine.fill(prompts, decoding, start("first pass", len(engine.list_missing(prompts, decoding))))


def _values(
    plan: ComparisonPlan,
    engine: CachedEngine,
    one: Picked,
    predictions: Sequence[Prediction],
    verdicts: Sequence[Verdict],
) -> dict[str, MeasureValues]:
    """The measures of a run; NaN for a question without gold result, and for tokens without a
    prompt.
    """
    decoding = plan.run_config.decoding_of(one)
    rows = [prediction if prediction.prompt.text else None for prediction in predictions]
    seconds = [engine.seconds(row.prompt, decoding) + one.ms / 1000 if row else None for row in rows]
    return {
        **rate_verdicts(verdicts),
        "prompt_tokens": as_column([row.prompt.tokens if row else None for row in rows]),
        "completion_tokens": as_column([_count_tokens(row) if row else None for row in rows]),
        "seconds": as_column(seconds),
    }


def _count_tokens(prediction: Prediction) -> float:
    """Tokens of all completions for a question."""
    return sum(attempt.completion.tokens for attempt in prediction.attempts)


def _answers(
    plan: ComparisonPlan, predictions: Sequence[Prediction], verdicts: Sequence[Verdict]
) -> list[Answer]:
    return [
        make_answer(
            question,
            verdict,
            plan.catalog.find_schema,
            demonstrations=[shown.example.id for shown in prediction.prompt.demonstrations],
            prompt=prediction.prompt.text,
        )
        for question, prediction, verdict in zip(plan.questions, predictions, verdicts, strict=True)
    ]


def _databases(judging: Judging) -> dict[str, str]:
    """The databases on which EX was judged, for the report; only the last part of their folder's
    path.
    """
    judges = {"databases": judging.evaluator, "test suite": judging.suite}
    return {
        name: str(judge.databases).replace(str(judge.databases.folder), judge.databases.folder.name)
        for name, judge in judges.items()
        if judge is not None
    }


def _count(plan: ComparisonPlan, columns: Sequence[Sequence[Answer]]) -> Mapping[str, Mapping[str, int]]:
    """Count the wrong answers of each system by class, its seeds together."""
    found: dict[str, Counter[str]] = {}
    for run, answers in zip(plan.grid.runs(), columns, strict=True):
        counter = found.setdefault(run.system.label, Counter())
        counter.update(name for one in answers for name in one.mistakes)
    return {label: dict(counter.most_common()) for label, counter in found.items()}


def _cases(
    questions: Sequence[Question], columns: Sequence[Sequence[Answer]], verdicts: Sequence[Verdict]
) -> tuple[Case, ...]:
    rows = zip(*columns, strict=True)
    return tuple(
        Case(question.id, question.db_id, verdict.hardness, question.text, question.sql or "", answers)
        for question, verdict, answers in zip(questions, verdicts, rows, strict=True)
    )
