"""The signals and the verdict of each question, as a fit needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nshot.eval import Evaluator
from nshot.pipeline import NEVER_RIGHT, Signals, count_unsaid
from nshot.sql import normalise
from nshot.types import Question


class RatedAnswer(NamedTuple):
    """One answer."""

    db_id: str
    group: str
    """Questions of one group never stand on both sides of a fold: those with the same gold SQL."""
    signals: Signals
    right: bool
    runs: bool = True
    """Whether the SQL ran. What does not run is never right: it needs no fit."""


def read_rated(
    questions: Sequence[Question], records: Sequence[Mapping[str, Any]], evaluator: Evaluator
) -> list[RatedAnswer]:
    """The answers that tell something of the model.

    A question is left out if there was no answer, or if gold gives no result or one that is empty
    or all zero: wrong SQL returns such a result easily, above all over empty tables.

    Args:
        questions: (n,) with gold SQL.
        records: (n,) their lines of a predictions file.
        evaluator: Judges the SQL.

    Raises:
        GoldError: As `Evaluator.judge`.
    """
    sqls = [record.get("withheld") or record["sql"] for record in records]
    verdicts = evaluator.judge(questions, sqls)
    found = []
    for question, record, sql, verdict in zip(questions, records, sqls, verdicts, strict=True):
        outcome = record["candidates"][0]["outcome"]
        if verdict.outcome == "unscored" or outcome == "failed" or not evaluator.gold_tells(question):
            continue
        gold = normalise(question.sql or "")
        logprob = record["candidates"][0]["logprob"]
        signals = Signals(logprob, record.get("agreement"), count_unsaid(question.text, sql))
        runs = outcome not in NEVER_RIGHT
        found.append(RatedAnswer(question.db_id, f"{question.db_id} {gold}", signals, verdict.ex, runs))
    return found
