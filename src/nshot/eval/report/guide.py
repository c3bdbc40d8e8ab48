"""Notes on how to read a report, used in both the Markdown and the HTML form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

GUIDE: Final = (
    (
        "Interval",
        "Low and high beside a mean are a 95 % interval by cluster bootstrap: whole databases are drawn with "
        "replacement, because questions about one database tend to succeed or fail together. The interval "
        "shows how much the mean would vary with other databases of this kind, not with other prompts or "
        "models.",
    ),
    (
        "Test",
        "A contrast compares two systems on the same questions. For a measure that is right or wrong, the "
        "test is McNemar's exact test: among the questions that only one of the two answers correctly, is "
        "the split more uneven than chance allows? For a graded measure it is a paired bootstrap of the "
        "differences.",
    ),
    (
        "p (Holm)",
        "p is the probability of a difference at least this large if there were no true difference. p (Holm) "
        "is corrected for the number of contrasts of that measure; below 0.05 it is set in bold.",
    ),
    (
        "sd of seeds",
        "If a system draws at random, the mean is over its seeds, and sd is the standard deviation between "
        "the seeds.",
    ),
    (
        "EX and EM",
        "EX: the predicted SQL returns the same result as gold. EM: its clauses equal those of gold, "
        "ignoring values. Invalid SQL does not run at all.",
    ),
    (
        "Confidence",
        "The probability of being right that a prediction states. AUROC: how often a right answer has a "
        "higher one than a wrong answer; 0.5 is chance. Brier score: the mean squared difference from 1 for "
        "a right and 0 for a wrong answer; 0 is best. Expected calibration error: the mean distance between "
        "stated and actual probability.",
    ),
    (
        "@k",
        "A measure with @k is computed without a model, over the first k retrieved examples. The ceiling is "
        "the value that the best possible choice from the pool would reach.",
    ),
)
"""(name, text) of each note."""
INTERVALS: Final = "intervals"
"""Key of `Comparison.info` with the note on intervals that are not by cluster bootstrap."""


def guide_of(info: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The notes for a comparison, with its own note on intervals if it has one.

    >>> guide_of({"intervals": "Wilson."})[0]
    ('Interval', 'Wilson.')
    """
    own = str(info.get(INTERVALS, ""))
    return [(name, own if own and name == "Interval" else text) for name, text in GUIDE]
