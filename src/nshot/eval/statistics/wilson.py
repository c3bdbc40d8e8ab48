"""The Wilson interval of a share: right answers among independent questions.

E. B. Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; recommended for few questions
by L. D. Brown, T. T. Cai, A. DasGupta (2001), https://doi.org/10.1214/ss/1009213286.
"""

from __future__ import annotations

from nshot.errors import OptionError
from nshot.eval.scores import Estimate


def wilson(right: int, questions: int, level: float = 0.95) -> Estimate:
    """The share `right / questions` with its score interval; NaN without questions.

    The interval refers to further questions of the same kind, not to other databases.

    Args:
        right: Number of right answers.
        questions: Number of questions.
        level: Intended coverage, between 0 and 1.

    Raises:
        OptionError: There are more right answers than questions, or `right` is negative.

    >>> found = wilson(9, 10)
    >>> found.value, round(found.low, 3), round(found.high, 3)
    (0.9, 0.596, 0.982)
    """
    from scipy.stats import binomtest

    if not 0 <= right <= questions:
        raise OptionError(f"right answers must be in 0..{questions}, got {right}")
    if not questions:
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    found = binomtest(right, questions).proportion_ci(level, method="wilson")
    return Estimate(right / questions, float(found.low), float(found.high), questions)
