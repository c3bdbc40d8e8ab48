"""The input of a measure: a question's gold and the first k examples shown for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nshot.arrays import Float64Array
from nshot.eval.measures.facts import Facts
from nshot.types import Example, Question


@dataclass(frozen=True, slots=True)
class ShownExamples:
    """One question with its first `k` examples, best first."""

    question: Question
    gold: Facts
    """Facts of the question's gold SQL; of the empty text if it has none."""
    examples: Sequence[Example]
    """The examples shown, at most `k`."""
    facts: Sequence[Facts]
    """Facts of the examples' SQL, in the same order."""
    k: int
    ideal: Callable[[], Float64Array]
    """Returns the tree similarities of the best `k` allowed examples of the pool, in descending
    order.
    """


TakeMeasure = Callable[[ShownExamples], float]
"""Computes a measure's value; NaN if it is undefined."""

UNDEFINED = float("nan")
