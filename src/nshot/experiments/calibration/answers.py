"""The candidates of each question with their signals and verdicts, as a fit needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from nshot.data import Catalog
from nshot.errors import NshotError
from nshot.eval import Evaluator
from nshot.pipeline import NEVER_RIGHT, Hints, Reranker, Signals, make_signals, read_hints
from nshot.sql import normalise
from nshot.types import Question, Schema


class RatedCandidate(NamedTuple):
    """One candidate."""

    signals: Signals
    hints: Hints
    right: bool
    runs: bool = True
    """Whether the SQL ran. What does not run is never right: it needs no fit."""


class RatedAnswer(NamedTuple):
    """One question with its candidates."""

    db_id: str
    group: str
    """Questions of one group never stand on both sides of a fold: those with the same gold SQL."""
    candidates: tuple[RatedCandidate, ...]
    """The most probable one first; at least one."""

    def choose(self, reranker: Reranker | None) -> RatedCandidate:
        """The candidate that a reranker chooses, with its share as a signal; without one, the
        first.
        """
        ran = [one for one in self.candidates if one.runs]
        if reranker is None or not ran:
            return self.candidates[0]
        hints = [one.hints for one in ran]
        at = reranker.find_highest(hints)
        agreements = [one.signals.agreement for one in ran]  # equal for the same result
        choice = None if agreements[at] is None else reranker.share(hints, agreements, at)
        return ran[at]._replace(signals=ran[at].signals._replace(choice=choice))


def read_rated(
    questions: Sequence[Question],
    records: Sequence[Mapping[str, Any]],
    evaluator: Evaluator,
    catalog: Catalog,
) -> list[RatedAnswer]:
    """The answers that tell something of the model.

    A question is left out if there was no answer, if a verified pair gave it, or if gold gives no
    result or one that is empty or all zero: wrong SQL returns such a result easily, above all over
    empty tables.

    Args:
        questions: (n,) with gold SQL.
        records: (n,) their lines of a predictions file.
        evaluator: Judges the SQL.
        catalog: Has the schemas.

    Raises:
        GoldError: As `Evaluator.judge`.
    """
    candidates = [_by_probability(record["candidates"]) for record in records]
    most = max(map(len, candidates), default=0)
    verdicts = [
        evaluator.judge(questions, [ones[at]["sql"] if at < len(ones) else "" for ones in candidates])
        for at in range(most)
    ]
    found = []
    for row, (question, ones) in enumerate(zip(questions, candidates, strict=True)):
        if verdicts[0][row].outcome == "unscored" or ones[0]["outcome"] == "failed":
            continue
        if "verified_pair" in records[row]:  # not the model's answer
            continue
        if not evaluator.gold_tells(question):
            continue
        schema = _find_schema(catalog, question.db_id)
        rated = tuple(
            _rate(question.text, one, schema, right=verdicts[at][row].ex) for at, one in enumerate(ones)
        )
        gold = normalise(question.sql or "")
        found.append(RatedAnswer(question.db_id, f"{question.db_id} {gold}", rated))
    return found


def _by_probability(candidates: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The candidates as the engine ordered them, whichever was chosen."""
    if any(one["logprob"] is None for one in candidates):
        return list(candidates)
    return sorted(candidates, key=lambda one: -one["logprob"])


def _find_schema(catalog: Catalog, db_id: str) -> Schema | None:
    try:
        return catalog.schema(db_id)
    except NshotError:
        return None


def _rate(
    question: str, candidate: Mapping[str, Any], schema: Schema | None, *, right: bool
) -> RatedCandidate:
    sql, logprob = candidate["sql"], candidate["logprob"]
    rows, agreement = candidate["rows"], candidate.get("agreement")
    return RatedCandidate(
        make_signals(question, sql, schema, logprob, agreement, rows),
        read_hints(question, sql, schema, rows=rows, logprob=logprob, agreement=agreement),
        right,
        candidate["outcome"] not in NEVER_RIGHT and candidate["outcome"] != "untried",
    )
