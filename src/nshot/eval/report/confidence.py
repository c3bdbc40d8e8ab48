"""The confidences of a run in the report: risk and coverage, reliability, and their tables."""

from __future__ import annotations

from math import isfinite, sqrt
from typing import Final

from nshot.eval.comparison import Comparison
from nshot.eval.confidence.measures import ReliabilityBin
from nshot.eval.confidence.rating import SHARES, THRESHOLDS, AnswerCounts, ConfidenceReport
from nshot.eval.report.charts.curve_chart import CurvePoint, Reference, curve_chart
from nshot.eval.report.charts.frame import Frame, Mean
from nshot.eval.report.figures import NARROW, PANEL, Figure
from nshot.eval.report.tables import ReportCell, ReportTable
from nshot.eval.report.wording import interval, number, plural

STYLE: Final = "c1 circle"
MOST_POINTS: Final = 200
"""Points of the curve that are drawn, at most."""
LEAST: Final = 0.02
"""Smallest share of the answers with which the curve begins: fewer say nothing."""


def confidence_figures(comparison: Comparison) -> list[Figure]:
    """Both charts; none if no confidence was stated."""
    if comparison.confidence is None:
        return []
    name = comparison.systems[0].name
    return [_draw_coverage(comparison.confidence, name), _draw_reliability(comparison.confidence, name)]


def confidence_tables(comparison: Comparison) -> list[ReportTable]:
    """The measures, the thresholds, and what abstaining brought, as far as each is known."""
    found = []
    if comparison.confidence is not None:
        found += [_measures(comparison.confidence), _thresholds(comparison.confidence)]
    if comparison.answered is not None:
        found.append(_tabulate_answers(comparison.answered))
    return found


def _draw_coverage(report: ConfidenceReport, name: str) -> Figure:
    first = max(LEAST, 1 / report.questions)
    points = [one for one in report.curve if one.coverage >= first] or list(report.curve)
    step = -(-len(points) // MOST_POINTS)
    kept = points[::step] if points[-1] in points[::step] else [*points[::step], points[-1]]
    curve = [(100 * one.coverage, 100 * one.right) for one in kept]
    marks = [
        CurvePoint(
            100 * point.coverage,
            _exact(100 * point.right),
            f"{number(point.coverage, '%')} % answered, confidence {threshold:g} and more: "
            f"{number(point.right, '%')} % right",
        )
        for threshold in THRESHOLDS
        if isfinite((point := report.at_threshold(threshold)).right) and point.coverage >= first
    ]
    everything = 100 * report.right
    low = 10.0 * (min([everything, *(value for _, value in curve)]) // 10)
    said = "; ".join(
        f"the surest {100 * share:g} %: {number(report.right_at(share), '%')} % right" for share in SHARES
    )
    reference = Reference("all answered", ((0.0, everything), (100.0, everything)), (100.0, everything))

    def draw(width: float) -> str:
        frame = Frame(
            "Risk and coverage", f"{said}.", "answered, %", "right among them, %", width, 320, low, 100.0
        )
        return curve_chart(name, STYLE, curve, marks, reference, frame)

    note = "The surest answers first. Marks: confidence at least " + ", ".join(f"{t:g}" for t in THRESHOLDS)
    return Figure("Risk and coverage", f"{note}. The axis may not begin at zero.", draw(PANEL), draw(NARROW))


def _draw_reliability(report: ConfidenceReport, name: str) -> Figure:
    marks = [
        CurvePoint(
            100 * one.stated,
            _wilson(one),
            f"confidence {number(one.stated, '%')} % on average: {number(one.right, '%')} % of "
            f"{plural(one.answers, 'answer')} right",
        )
        for one in report.bins
    ]
    said = "; ".join(mark.note for mark in marks)
    reference = Reference("as stated", ((0.0, 0.0), (100.0, 100.0)), (80.0, 58.0))

    def draw(width: float) -> str:
        frame = Frame("Reliability", f"{said}.", "stated confidence, %", "right, %", width, 320, 0.0, 100.0)
        return curve_chart(name, STYLE, [], marks, reference, frame)

    note = "Answers in ten bins of confidence, with 95 % intervals. On the broken line it is as it should be."
    return Figure("Reliability", note, draw(PANEL), draw(NARROW))


def _exact(value: float) -> Mean:
    return Mean(value, value, value)


def _wilson(one: ReliabilityBin, z: float = 1.96) -> Mean:
    """The share of right answers in percent with Wilson's interval (1927), for few answers, too."""
    n, share = one.answers, one.right
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Mean(100 * share, max(0.0, 100 * (middle - reach)), min(100.0, 100 * (middle + reach)))


def _measures(report: ConfidenceReport) -> ReportTable:
    rows = [
        (ReportCell("AUROC"), ReportCell(number(report.auroc.value, ""), interval(report.auroc, ""))),
        (ReportCell("Brier score"), ReportCell(number(report.brier.value, ""), interval(report.brier, ""))),
        (ReportCell("expected calibration error"), ReportCell(number(report.error, ""))),
    ]
    rows += [
        (
            ReportCell(f"right in the surest {100 * share:g} %"),
            ReportCell(f"{number(report.right_at(share), '%')} %"),
        )
        for share in SHARES
    ]
    caption = f"Confidence of {plural(report.questions, 'answer')}, withheld ones included"
    return ReportTable(caption, ("measure", "value"), tuple(rows))


def _thresholds(report: ConfidenceReport) -> ReportTable:
    points = [report.at_threshold(threshold) for threshold in THRESHOLDS]
    rows = tuple(
        (
            ReportCell(f"{point.threshold:g}"),
            ReportCell(number(point.coverage, "%")),
            ReportCell(number(point.right, "%")),
        )
        for point in points
    )
    return ReportTable("By threshold", ("confidence at least", "answered, %", "right among them, %"), rows)


def _tabulate_answers(answered: AnswerCounts) -> ReportTable:
    withheld = answered.questions - answered.answered
    row = (
        ReportCell(f"{answered.answered:,} of {answered.questions:,}"),
        ReportCell(number(answered.coverage, "%")),
        ReportCell(number(answered.accuracy, "%")),
        ReportCell(f"{withheld:,}"),
        ReportCell(f"{answered.withheld_right:,}"),
    )
    head = ("answered", "coverage, %", "right among them, %", "withheld", "right among the withheld")
    return ReportTable("Answers that were withheld", head, (row,))
