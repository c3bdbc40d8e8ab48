"""The results of a comparison, from which `results.json`, `report.md` and `report.html` are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nshot.eval.confidence import AnswerCounts, ConfidenceReport

ALL = "all"
"""The group of all questions; other groups are `hardness:easy`, `database:concert_singer` ..."""


class System(NamedTuple):
    """A strategy with its selection at one number of shots: one point of the grid, with all its seeds."""

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
    """Correlation, over the systems of the grid, of a measure without a model with an outcome with one."""

    measure: str
    outcome: str
    shots: int | None
    """Only systems with this number of shots; None for all with at least one."""
    systems: int
    pearson: float
    spearman: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one run to one question; without a model, the examples that it would show."""

    sql: str
    """Without a model, the examples: their questions as comment lines, each above its SQL."""
    ex: bool
    """Whether it is right, by `Comparison.judged_by`."""
    em: bool | None
    reason: str
    mistakes: tuple[str, ...] = ()
    """Classes of the differences from gold; empty for a correct answer."""
    demonstrations: tuple[str, ...] = ()
    """Ids of the examples in the prompt, in prompt order."""
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
    """A system with one seed; `Case.answers` has one answer for each run."""

    system: System
    seed: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All results of a comparison, in tidy form: one record per measure, system and group."""

    title: str
    info: Mapping[str, Any]
    """Set-up of the comparison: command, date, versions, commit, data hashes, pool, databases ..."""
    systems: tuple[System, ...]
    scores: tuple[Score, ...]
    contrasts: tuple[Contrast, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    mistakes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Number of wrong answers by system's label and class; an answer may be in several classes."""
    runs: tuple[Run, ...] = ()
    cases: tuple[Case, ...] = ()
    ceiling: Mapping[str, float] = field(default_factory=dict)
    """What the best possible choice from the pool would reach, by measure."""
    judged_by: str = "ex"
    """The measure by which an answer is right: `ex`, or `skeleton_match` without a model."""
    confidence: ConfidenceReport | None = None
    """Of a single run whose predictions state how sure they are."""
    answered: AnswerCounts | None = None
    """Of a single run in which answers were withheld."""

    @property
    def of_examples(self) -> bool:
        """Whether the cases show examples alone, because no model was asked."""
        return self.judged_by != "ex"

    def score(self, system: System, measure: str, group: str = ALL) -> Estimate | None:
        """The estimate of the measure; None if it was not computed."""
        for score in self.scores:
            if score.system == system and score.measure == measure and score.group == group:
                return score.estimate
        return None

    def measures(self) -> tuple[str, ...]:
        """Names of the measures, in order of appearance."""
        return tuple(dict.fromkeys(score.measure for score in self.scores))
