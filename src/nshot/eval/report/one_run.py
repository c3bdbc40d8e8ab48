"""The verdicts of one run of predictions as results that the report can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nshot.eval.comparison import Answer, Case, Comparison, Run
from nshot.eval.mistakes import mistakes
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
    answers = [_answer(*both, schemas) for both in zip(questions, verdicts, strict=True)]
    unscored = [verdict.outcome == "unscored" for verdict in verdicts]
    values = {
        "ex": [None if no else verdict.ex for no, verdict in zip(unscored, verdicts, strict=True)],
        "em": [verdict.em for verdict in verdicts],
        "invalid": [
            None if no else verdict.outcome not in ("ok", "abstained")
            for no, verdict in zip(unscored, verdicts, strict=True)
        ],
    }
    counted = Counter(one for answer in answers for one in answer.mistakes)
    return Comparison(
        title=f"Verdicts of {name}",
        info=info,
        systems=(system,),
        scores=tuple(
            score
            for measure, column in values.items()
            for score in scores(system, measure, _column(column), questions)
            if score.estimate.questions
        ),
        mistakes={system.label: dict(counted.most_common())},
        runs=(Run(system, 0),),
        cases=tuple(
            Case(one.id, one.db_id, verdict.hardness, one.text, one.sql or "", (answer,))
            for one, verdict, answer in zip(questions, verdicts, answers, strict=True)
        ),
    )


def _answer(question: Question, verdict: Verdict, schemas: Mapping[str, Schema]) -> Answer:
    wrong = not verdict.ex and verdict.outcome not in ("unscored", "abstained")
    schema = schemas.get(question.db_id) or Schema(question.db_id, ())
    found = mistakes(question.sql or "", verdict.predicted, schema, verdict.outcome, verdict.reason)
    return Answer(verdict.predicted, verdict.ex, verdict.em, verdict.reason, tuple(found) if wrong else ())


def _column(values: Sequence[bool | None]) -> npt.NDArray[np.float64]:
    return np.array([np.nan if value is None else float(value) for value in values])
