"""Confidence in words: of one answer, and of a whole run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nshot.cli.output.console import table, write

if TYPE_CHECKING:
    from nshot.eval import AnswerCounts, ConfidenceReport
    from nshot.experiments import CalibrationResult
    from nshot.types import Prediction


def percent(value: float | None) -> str:
    """A share as a whole percentage; `-` if it is undefined.

    >>> percent(0.873), percent(None)
    ('87 %', '-')
    """
    return "-" if value is None or value != value else f"{100 * value:.0f} %"


def answer_confidence(prediction: Prediction) -> str:
    """How sure an answer is, in a few words; empty if that is not known."""
    return "" if prediction.confidence is None else f"confidence {percent(prediction.confidence)}"


def confidence_lines(confidence: ConfidenceReport | None, answered: AnswerCounts | None) -> list[str]:
    """What is known of the confidences of a run, one line each."""
    lines = []
    if answered is not None:
        withheld = answered.questions - answered.answered
        lines.append(
            f"answered: {answered.answered} of {answered.questions} ({percent(answered.coverage)}), "
            f"{percent(answered.accuracy)} of them right ({answered.right}); "
            f"withheld: {withheld}, {answered.withheld_right} of them right"
        )
    if confidence is not None:
        one = confidence.auroc
        lines.append(
            f"confidence: AUROC {one.value:.3f} ({one.low:.3f} to {one.high:.3f}), "
            f"Brier {confidence.brier.value:.3f}, ECE {confidence.error:.3f}; right in the surest half: "
            f"{percent(confidence.right_at(0.5))}"
        )
    return lines


def print_thresholds(report: ConfidenceReport, thresholds: Sequence[float], title: str = "") -> None:
    """Print how many questions are answered at each threshold, and how many of the answers are
    right.
    """
    rows = []
    for threshold in thresholds:
        point = report.at_threshold(threshold)
        rows.append((f"{threshold:.2f}", percent(point.coverage), percent(point.right)))
    table(("--abstain-below", "answered", "right among them"), rows, title)


def print_calibration(result: CalibrationResult) -> None:
    """Print how good the confidences are before and after, and what thresholds bring."""
    from nshot.eval import THRESHOLDS

    calibration = result.calibration
    left_out = f"; {result.left_out} that tell nothing are left out" if result.left_out else ""
    databases = f"{calibration.databases} database" + ("s" if calibration.databases > 1 else "")
    fold = "databases" if result.by_database else "questions"
    write(
        f"{calibration.questions} questions of {databases}, {percent(result.before.right)} right{left_out}\n"
    )
    if (found := result.choices) is not None:
        write(
            f"chosen among {calibration.candidates} candidates, on {fold} not seen: {found.ranked} right; "
            f"the most probable ones: {found.first} ({found.won} won, {found.lost} lost); "
            f"any: {found.any}\n"
        )
    rows = []
    for name, report in (
        ("the model's own probability", result.before),
        ("calibrated", result.after),
        (f"calibrated, on {fold} not seen", result.unseen),
    ):
        area = f"{report.auroc.value:.3f} ({report.auroc.low:.3f} to {report.auroc.high:.3f})"
        numbers = (f"{report.brier.value:.3f}", f"{report.error:.3f}", percent(report.right_at(0.5)))
        rows.append((name, area, *numbers))
    table(("confidence", "AUROC", "Brier", "ECE", "right in the surest half"), rows)
    print_thresholds(result.unseen, THRESHOLDS, f"what --abstain-below does, on {fold} not seen")
