"""Scores of the systems of an experiment: estimates with intervals, contrasts, correlations."""

from __future__ import annotations

from typing import NamedTuple

ALL = "all"
"""The group of all questions; other groups are `hardness:easy`, `database:concert_singer` ..."""


class System(NamedTuple):
    """A strategy with its selection at one number of shots: one point of the grid, with all its
    seeds.
    """

    strategy: str
    """The strategy's name on the command line; empty for zero shots, where nothing is retrieved."""
    select: str
    shots: int
    """Number of examples in the prompt; the `k` of measures without a model."""

    @property
    def name(self) -> str:
        """The name shown to people: the strategy with its selection, without the shots.

        >>> System("masked-hybrid", "distinct", 3).name
        'masked-hybrid/distinct'
        """
        if not self.strategy:
            return "zero-shot"
        return self.strategy if self.select == "top" else f"{self.strategy}/{self.select}"

    @property
    def label(self) -> str:
        """The name with the number of shots.

        >>> System("keyword", "top", 3).label
        'keyword, 3 shots'
        """
        return f"{self.name}, {self.shots} shot{'' if self.shots == 1 else 's'}" if self.shots else self.name


class Estimate(NamedTuple):
    """A mean over questions with its interval."""

    value: float
    low: float
    high: float
    questions: int
    """Number of questions in the mean."""
    sd: float | None = None
    """Standard deviation between seeds; None for one seed."""
    seeds: int = 1


class Score(NamedTuple):
    """One measure of one system on one group of questions."""

    system: System
    measure: str
    group: str
    estimate: Estimate


class Contrast(NamedTuple):
    """A system compared with a baseline on the same questions."""

    system: System
    baseline: System
    measure: str
    difference: Estimate
    """System minus baseline."""
    wins: int
    """Questions on which the system is better."""
    losses: int
    test: str
    """`mcnemar` or `paired bootstrap`."""
    p: float
    p_holm: float
    """p-value, corrected by Holm's method over all contrasts of the same measure."""


class Correlation(NamedTuple):
    """Correlation, over the systems of the grid, of a measure without a model with an outcome with
    one.
    """

    measure: str
    outcome: str
    shots: int | None
    """Only systems with this number of shots; None for all with at least one."""
    systems: int
    pearson: float
    spearman: float
