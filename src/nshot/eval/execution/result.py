"""Definitions shared by the comparisons of two results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

ResultRows = Sequence[tuple[Any, ...]]
"""Rows of a result; cells are NULL (None), integers, floats, text and blobs."""


class Match(NamedTuple):
    """Whether a prediction's result on one database equals gold's."""

    same: bool
    kind: str
    """What decided: one of KINDS."""
    detail: str = ""
    """The reason in words: numbers of rows or columns, the error ..."""

    @property
    def reason(self) -> str:
        """Kind and detail in a few words."""
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


KINDS = {
    "same result": "the results are the same",
    "both empty": "both have no rows",
    "row count": "different numbers of rows",
    "column count": "different numbers of columns",
    "column order": "the same rows only with the columns in another order",
    "row order": "the same rows in another order",
    "values": "the same shape, different values",
    "tolerance": "the same result only within the tolerance of numbers",
    "ties": "the same result except for the order of rows with equal sort keys",
    "unparsable": "Spider's parser cannot read it, which this mode requires",
    "crash": "the official program would crash here",
    "not run": "the prediction gave no result",
}
"""Kinds of a match or mismatch, with their meaning."""

EQUAL = Match(True, "same result")
BOTH_EMPTY = Match(True, "both empty")


def shape_differs(gold: ResultRows, predicted: ResultRows) -> Match | None:
    """The mismatch in the number of rows or columns; None if both agree and there are rows.

    If a prediction has too many rows, the message does not say how many, because not all were read.
    """
    if len(predicted) > len(gold):
        return Match(False, "row count", f"more than gold's {len(gold)}")
    if len(predicted) < len(gold):
        return Match(False, "row count", f"{len(predicted)}, gold {len(gold)}")
    if len(gold[0]) != len(predicted[0]):
        return Match(False, "column count", f"{len(predicted[0])}, gold {len(gold[0])}")
    return None
