"""The Wilson interval, against values of the literature."""

from __future__ import annotations

import math

import pytest

from nshot.errors import OptionError
from nshot.eval.statistics import wilson


@pytest.mark.parametrize(
    ("right", "questions", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)
def test_the_interval_is_that_of_the_score_test(right: int, questions: int, low: float, high: float) -> None:
    """The last row is the example of Newcombe (1998), table I."""
    found = wilson(right, questions)
    assert (found.value, found.questions) == (right / questions, questions)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_without_questions_there_is_no_share() -> None:
    assert math.isnan(wilson(0, 0).value)
    with pytest.raises(OptionError, match=r"must be in 0\.\.3, got 4"):
        wilson(4, 3)
