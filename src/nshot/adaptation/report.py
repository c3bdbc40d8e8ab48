"""The page of an adaptation: a comparison of the ways of asking, as `nshot compare` writes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nshot.adaptation.measure import START, WayResult
from nshot.eval import (
    ALL,
    Answer,
    Case,
    Comparison,
    Contrast,
    Run,
    Sample,
    Score,
    contrasts,
    make_answer,
    wilson,
)
from nshot.types import Question, Schema


def compare_ways(
    title: str,
    questions: Sequence[Question],
    results: Sequence[WayResult],
    schemas: Mapping[str, Schema],
    info: Mapping[str, Any],
) -> Comparison:
    """The comparison of several ways of asking the same questions.

    Shares have Wilson intervals: cluster intervals over one or two databases say nothing. Every way
    is compared with the first one; p is of the exact McNemar test, with Holm's correction.

    Args:
        title: The heading of the page.
        questions: With gold SQL.
        results: One for each way, in the order of the table.
        schemas: By database, for the classes of mistakes.
        info: What stands at the head of the page.
    """
    runs = tuple(Run(one.way.system, 0) for one in results)
    answers = [_answers(questions, one, schemas) for one in results]
    counts = {
        one.way.system.label: dict(Counter(name for answer in column for name in answer.mistakes))
        for one, column in zip(results, answers, strict=True)
    }
    cases = tuple(
        Case(question.id, question.db_id, results[0].verdicts[at].hardness, question.text, question.sql or "",
             tuple(column[at] for column in answers))
        for at, question in enumerate(questions)
    )  # fmt: skip
    return Comparison(
        title=title,
        info=info,
        systems=tuple(one.way.system for one in results),
        scores=tuple(score for one in results for score in _scores(questions, one)),
        contrasts=tuple(contrast_ways(questions, results)),
        mistakes=counts,
        runs=runs,
        cases=cases,
    )


def contrast_ways(questions: Sequence[Question], results: Sequence[WayResult]) -> list[Contrast]:
    """Every way against the first one, and each adapted one against the start model shown as many
    pairs.
    """
    first = results[0]
    pairs = [(one, first) for one in results[1:]]
    for one in results[1:]:
        same = [two for two in results[1:] if two.way.model == START and two.way.shots == one.way.shots]
        pairs += [(one, two) for two in same if two is not one]
    samples = [(_sample(one), _sample(two)) for one, two in pairs]
    return contrasts("ex", samples, [question.db_id for question in questions])


def _sample(result: WayResult) -> Sample:
    return Sample(result.way.system, np.array(result.right, dtype=np.float64))


def _scores(questions: Sequence[Question], result: WayResult) -> list[Score]:
    groups: dict[str, list[bool]] = {ALL: result.right}
    for verdict in result.verdicts:
        groups.setdefault(f"hardness:{verdict.hardness}", []).append(verdict.ex)
    for question, verdict in zip(questions, result.verdicts, strict=True):
        groups.setdefault(f"database:{question.db_id}", []).append(verdict.ex)
    return [
        Score(result.way.system, "ex", name, wilson(sum(right), len(right))) for name, right in groups.items()
    ]


def _answers(questions: Sequence[Question], result: WayResult, schemas: Mapping[str, Schema]) -> list[Answer]:
    return [
        make_answer(question, verdict, schemas.get, demonstrations=answer.shown, prompt=answer.prompt)
        for question, answer, verdict in zip(questions, result.answers, result.verdicts, strict=True)
    ]
