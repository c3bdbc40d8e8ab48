"""Judge predictions that may have been withheld: as no answer, and by what they would have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from nshot.artifacts import Progress, stay_silent
from nshot.eval.confidence.rating import AnswerCounts, ConfidenceReport, count_answered, rate_confidence

if TYPE_CHECKING:
    from nshot.eval.evaluator import Evaluator
    from nshot.eval.files import PredictedAnswer
    from nshot.types import Question, Verdict

REASON = "no answer: the confidence is too low"


class JudgedAnswers(NamedTuple):
    """The verdicts of a run, and how good its confidences are."""

    verdicts: list[Verdict]
    """An abstention is not right, and not invalid: its outcome is `abstained`."""
    confidence: ConfidenceReport | None
    """None if the predictions state none."""
    answered: AnswerCounts | None
    """None if no answer was withheld."""


def judge_answers(
    evaluator: Evaluator,
    questions: Sequence[Question],
    answers: Sequence[PredictedAnswer],
    progress: Progress = stay_silent,
) -> JudgedAnswers:
    """Judge answers, and the SQL of those that were withheld.

    Args:
        evaluator: Judges.
        questions: (n,) with gold SQL.
        answers: (n,) their predictions.
        progress: As in `Evaluator.judge`.

    Raises:
        GoldError: As in `Evaluator.judge`.
        DataError: As there.
    """
    verdicts = evaluator.judge(questions, [answer.sql for answer in answers], progress)
    withheld = [row for row, answer in enumerate(answers) if answer.withheld and not answer.sql]
    would = evaluator.judge([questions[row] for row in withheld], [answers[row].withheld for row in withheld])
    right = [_is_right(verdict) for verdict in verdicts]
    abstained = [False] * len(answers)
    for row, verdict in zip(withheld, would, strict=True):
        right[row], abstained[row] = _is_right(verdict), True
        if verdicts[row].outcome != "unscored":
            verdicts[row] = replace(verdicts[row], outcome="abstained", reason=REASON)
    stated = [answer.confidence for answer in answers]
    return JudgedAnswers(
        verdicts,
        rate_confidence(stated, right, [question.db_id for question in questions]),
        count_answered(right, abstained) if withheld else None,
    )


def _is_right(verdict: Verdict) -> bool | None:
    return None if verdict.outcome == "unscored" else verdict.ex
