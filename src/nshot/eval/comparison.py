"""What a comparison found: the one value that `results.json`, `report.md` and `report.html` are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ALL = "all"
"""The group of all questions; others are `hardness:easy`, `database:concert_singer` ..."""


class System(NamedTuple):
    """One way of picking examples at one number of shots: a point of the grid, its seeds together."""

    strategy: str
    """The name of the strategy; empty for zero shots, where nothing is picked."""
    select: str
    shots: int
    """Examples asked for; the `k` of measures without a model."""

    @property
    def name(self) -> str:
        """The name in reports: the strategy with its selection, without the shots.

        >>> System("masked-hybrid", "distinct", 3).name
        'masked-hybrid/distinct'
        """
        if not self.strategy:
            return "zero-shot"
        return self.strategy if self.select == "top" else f"{self.strategy}/{self.select}"

    @property
    def label(self) -> str:
        """The name with the shots.

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
    """How many questions it is the mean of."""
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
    """A system against a baseline on the same questions."""

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
    """Corrected by Holm over all contrasts of the same measure."""


class Correlation(NamedTuple):
    """Whether a measure taken without a model predicts an outcome with one, over the systems of the grid."""

    measure: str
    outcome: str
    shots: int | None
    """Systems with that many shots; None for all with at least one."""
    systems: int
    pearson: float
    spearman: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What one run answered to one question."""

    sql: str
    ex: bool
    em: bool | None
    reason: str
    mistakes: tuple[str, ...] = ()
    """Classes of what differs from gold; empty for a right answer."""
    demonstrations: tuple[str, ...] = ()
    """Ids of the examples shown, as they stand in the prompt."""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One question with the answers of all runs, in the order of `Comparison.runs`."""

    id: str
    db_id: str
    hardness: str
    question: str
    gold: str
    answers: tuple[Answer, ...]


class Run(NamedTuple):
    """A system with one seed: one column of the cases."""

    system: System
    seed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was found, tidy: one record a measure, system and group."""

    title: str
    info: Mapping[str, Any]
    """Facts about the run for reports and `results.json`: command, date, versions, commit, data hashes ..."""
    systems: tuple[System, ...]
    scores: tuple[Score, ...]
    contrasts: tuple[Contrast, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    mistakes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Number of wrong answers by system's label and class; an answer may be in several classes."""
    runs: tuple[Run, ...] = ()
    cases: tuple[Case, ...] = ()
    """Empty for a comparison without a model."""
    ceiling: Mapping[str, float] = field(default_factory=dict)
    """What the best possible choice from the pool would reach, by measure."""

    def score(self, system: System, measure: str, group: str = ALL) -> Estimate | None:
        """The estimate of that measure; None where it was not taken."""
        for score in self.scores:
            if score.system == system and score.measure == measure and score.group == group:
                return score.estimate
        return None

    def measures(self) -> tuple[str, ...]:
        """Names of the measures, in order of appearance."""
        return tuple(dict.fromkeys(score.measure for score in self.scores))
