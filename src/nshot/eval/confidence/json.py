"""Confidence reports as JSON values, which are read back without loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nshot.eval.confidence.measures import CoveragePoint, ReliabilityBin
from nshot.eval.confidence.rating import AnswerCounts, ConfidenceReport
from nshot.eval.scores import Estimate


def report_to_json(report: ConfidenceReport) -> dict[str, Any]:
    """All fields; an undefined number (NaN) is null."""
    return {
        "questions": report.questions,
        "right": report.right,
        "auroc": _from_estimate(report.auroc),
        "brier": _from_estimate(report.brier),
        "error": _null(report.error),
        "bins": [list(one) for one in report.bins],
        "curve": [list(one) for one in report.curve],
    }


def report_from_json(record: Mapping[str, Any]) -> ConfidenceReport:
    """The report that `report_to_json` wrote."""
    return ConfidenceReport(
        questions=record["questions"],
        right=record["right"],
        auroc=_to_estimate(record["auroc"]),
        brier=_to_estimate(record["brier"]),
        error=_nan(record["error"]),
        bins=tuple(ReliabilityBin(*one) for one in record["bins"]),
        curve=tuple(CoveragePoint(*one) for one in record["curve"]),
    )


def counts_to_json(answered: AnswerCounts) -> dict[str, Any]:
    """All fields."""
    return asdict(answered)


def counts_from_json(record: Mapping[str, Any]) -> AnswerCounts:
    """The counts that `counts_to_json` wrote."""
    return AnswerCounts(**record)


def _from_estimate(estimate: Estimate) -> dict[str, Any]:
    return {name: _null(getattr(estimate, name)) for name in ("value", "low", "high")} | {
        "questions": estimate.questions
    }


def _to_estimate(record: Mapping[str, Any]) -> Estimate:
    value, low, high = (_nan(record[name]) for name in ("value", "low", "high"))
    return Estimate(value, low, high, record["questions"])


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _nan(value: float | None) -> float:
    return math.nan if value is None else value
