"""One verdict as a line of JSONL."""

from __future__ import annotations

from typing import Any

from nshot.types import Verdict


def verdict_record(verdict: Verdict) -> dict[str, Any]:
    """The verdict as plain values; em, ex and parse_error are 0 or 1.

    em is None if the official program would raise an exception or if Spider's parser cannot read
    the gold; ex is None if the row is unscored or the official program would raise an exception.
    """
    unjudged = verdict.outcome == "unscored" or verdict.ex_crash
    return {
        "index": verdict.index,
        "db_id": verdict.db_id,
        "hardness": verdict.hardness,
        "em": None if verdict.em is None or verdict.em_crash else int(verdict.em),
        "ex": None if unjudged else int(verdict.ex),
        "parse_error": int(verdict.parse_error),
        "reason": verdict.reason,
        "outcome": verdict.outcome,
        "vacuous": verdict.vacuous,
        "databases": verdict.databases,
        "differs_on": verdict.differs_on,
        "em_crash": verdict.em_crash,
        "ex_crash": verdict.ex_crash,
        "id": verdict.id,
        "gold": verdict.gold,
        "predicted": verdict.predicted,
        "components": {
            component.name: [component.gold, component.predicted, component.count]
            for component in verdict.components
        },
    }
