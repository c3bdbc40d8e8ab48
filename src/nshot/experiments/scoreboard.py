"""The comparison without a model: measures of the examples themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from nshot.artifacts import StartStage
from nshot.errors import OptionError
from nshot.eval import SCOREBOARD, Answer, Case, Comparison, Measure, RetrievalJudge, lower_is_better
from nshot.experiments.measured import Measured, MeasureValues, contrasts_of, scores_of
from nshot.experiments.pick import Picked, first_pass_info, pick
from nshot.experiments.plan import ComparisonPlan
from nshot.experiments.run_config import prompts_of
from nshot.retrieval import Retriever
from nshot.sql import hardness
from nshot.types import Prompt, Question

MATCH: Final = "skeleton_match"
"""The measure by which the examples of a question win or lose."""
GRADED: Final = tuple(name for name in SCOREBOARD if not lower_is_better(name))
"""Measures in which a system is compared with its baseline."""
EXAMINED: Final = (*SCOREBOARD, "prompt_tokens", "ms")
"""Names of all measures of the examples and their prompts."""


def compare_examples(plan: ComparisonPlan, *, start: StartStage) -> Comparison:
    """The measures of every system of the grid, each at its own number of shots.

    Raises:
        OptionError: The grid contains zero shots, for which there are no examples to measure.
    """
    if 0 in plan.grid.shots:
        raise OptionError(
            "without a model there is nothing to measure at 0 shots; leave it out, or give `model`"
        )
    grid = pick_examples(plan, start)
    judge = make_judge(plan)
    step = start("measuring", len(grid))
    measured, columns = [], []
    for one in grid:
        prompts = prompts_of(plan.run_config, one, plan.questions)
        values = example_values(judge, one, plan.questions) | prompt_values(one, prompts)
        measured.append(Measured(one.run, values))
        columns.append(_show_examples(one, plan.questions, values))
        step(1)
    found = scores_of(plan, measured)
    return Comparison(
        title="Ways of picking examples, without a model",
        info={**plan.info, **first_pass_info(grid)},
        systems=plan.grid.systems(),
        scores=found,
        contrasts=contrasts_of(plan, measured, GRADED),
        runs=plan.grid.runs(),
        cases=tuple(
            Case(question.id, question.db_id, hardness(gold), question.text, gold, answers)
            for question, answers in zip(plan.questions, zip(*columns, strict=True), strict=True)
            for gold in [question.sql or ""]
        ),
        ceiling=ceilings(judge, plan.questions),
        judged_by=MATCH,
    )


def _show_examples(
    one: Picked, questions: Sequence[Question], values: Mapping[str, MeasureValues]
) -> list[Answer]:
    """The examples of a run for each question, as answers that are right if one has the gold's
    skeleton.
    """
    matches = values[f"{MATCH}@{one.run.system.shots}"]
    similar = values[f"skeleton_similarity@{one.run.system.shots}"]
    return [
        Answer(
            sql="\n".join(f"-- {' '.join(example.question.split())}\n{example.sql}" for example in shown),
            ex=bool(match == 1),
            em=None,
            reason="no example" if not shown else "" if match == 1 else f"most similar form: {like:.2f}",
            demonstrations=tuple(example.id for example in shown),
        )
        for question, match, like in zip(questions, matches, similar, strict=True)
        for shown in [[candidate.example for candidate in one.candidates[question.id]]]
    ]


def pick_examples(plan: ComparisonPlan, start: StartStage) -> list[Picked]:
    """The examples of every run."""
    runs = plan.grid.runs()
    return list(
        pick(
            runs,
            plan.questions,
            plan.index,
            plan.catalog,
            plan.configure,
            encoder=plan.encoder,
            first_pass=plan.first_pass,
            progress=start("retrieving", sum(bool(run.system.shots) for run in runs)),
        )
    )


def example_values(
    judge: RetrievalJudge, one: Picked, questions: Sequence[Question]
) -> dict[str, MeasureValues]:
    """The measures of a run's examples at its own number of shots; none for zero shots."""
    shots = one.run.system.shots
    if not shots:
        return {}
    rows = [
        judge.values(question, [candidate.example for candidate in one.candidates[question.id]])
        for question in questions
    ]
    own = [measure for measure in judge.measures if measure.k == shots]
    values = {str(measure): np.array([row[measure] for row in rows]) for measure in own}
    return values | {"ms": np.full(len(rows), one.ms)}


def prompt_values(one: Picked, prompts: Sequence[Prompt | None]) -> dict[str, MeasureValues]:
    """The tokens of a run's prompts; NaN if a prompt could not be built."""
    tokens = [float("nan") if prompt is None else float(prompt.tokens) for prompt in prompts]
    shots = one.run.system.shots
    return {f"prompt_tokens@{shots}" if shots else "prompt_tokens": np.array(tokens)}


def make_judge(plan: ComparisonPlan) -> RetrievalJudge:
    """A judge with the pool, its schemas, and what the leak rule allows."""
    rule = Retriever(plan.index, plan.configure("keyword", "top", 0), catalog=plan.catalog)
    pool = [entry.example for entry in plan.index.entries]
    databases = {example.db_id for example in pool} | {question.db_id for question in plan.questions}
    return RetrievalJudge(
        pool,
        [Measure(name, shots) for shots in sorted(plan.grid.shots) if shots for name in SCOREBOARD],
        {db_id: rule.schema(db_id) for db_id in databases},
        rule.find_allowed,
    )


def ceilings(judge: RetrievalJudge, questions: Sequence[Question]) -> Mapping[str, float]:
    """The best value that any choice of the allowed examples could reach, by measure."""
    return {str(measure): value for measure, value in judge.ceiling(questions).items()}
