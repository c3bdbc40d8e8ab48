"""The results of a comparison, from which `results.json`, `report.md` and `report.html` are
written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from nshot.eval.scores import ALL, Contrast, Correlation, Estimate, Score, System

if TYPE_CHECKING:
    from nshot.eval.confidence import AnswerCounts, ConfidenceReport


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
    """Set-up of the comparison: command, date, versions, commit, data hashes, pool, databases ...
    """
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
