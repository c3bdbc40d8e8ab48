"""The verdicts of one run of predictions as results that the report can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from nshot.eval.answers import make_answer, rate_verdicts
from nshot.eval.comparison import Case, Comparison, Run
from nshot.eval.scores import System
from nshot.eval.statistics import scores
from nshot.types import Question, Schema, Verdict


def report_run(
    name: str,
    questions: Sequence[Question],
    verdicts: Sequence[Verdict],
    schemas: Mapping[str, Schema],
    info: Mapping[str, Any],
) -> Comparison:
    """A comparison of a single system: its scores, its classes of mistakes, and every question.

    Args:
        name: What the run is called.
        questions: With gold SQL.
        verdicts: Of the questions, in the same order.
        schemas: By db_id, for the classes of mistakes.
        info: Set-up of the evaluation.
    """
    system = System(name, "top", 0)
    answers = [make_answer(*both, schemas.get) for both in zip(questions, verdicts, strict=True)]
    counted = Counter(one for answer in answers for one in answer.mistakes)
    return Comparison(
        title=f"Verdicts of {name}",
        info=info,
        systems=(system,),
        scores=tuple(
            score
            for measure, column in rate_verdicts(verdicts).items()
            for score in scores(system, measure, column, questions)
            if score.estimate.questions
        ),
        mistakes={system.label: dict(counted.most_common())},
        runs=(Run(system, 0),),
        cases=tuple(
            Case(one.id, one.db_id, verdict.hardness, one.text, one.sql or "", (answer,))
            for one, verdict, answer in zip(questions, verdicts, answers, strict=True)
        ),
    )
