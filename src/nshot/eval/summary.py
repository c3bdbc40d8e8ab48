"""Totals of verdicts, by hardness and by outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from nshot.eval.spider import COMPONENTS
from nshot.types import Component, Verdict

LEVELS: Final = ("easy", "medium", "hard", "extra", "all")
INVALID: Final = ("error", "refused", "timeout", "too large", "empty")
"""Outcomes of a prediction that gave no result."""


class Proportion(NamedTuple):
    """A number of hits out of a total."""

    hits: int
    of: int

    @property
    def rate(self) -> float:
        """The share of hits; 0 if the total is 0."""
        return self.hits / self.of if self.of else 0.0

    def __str__(self) -> str:
        """The percentage with the number of hits.

        >>> str(Proportion(1, 3)), str(Proportion(0, 0))
        ('33.3 % (1)', '-')
        """
        return f"{100 * self.rate:.1f} % ({self.hits})" if self.of else "-"


class Partial(NamedTuple):
    """One component of the exact match over the rows of a level."""

    accuracy: float
    """Mean over the rows whose prediction has the component."""
    recall: float
    """Mean over the rows whose gold has it."""
    f1: float


@dataclass(frozen=True, slots=True)
class Level:
    """The questions of one hardness, or all questions."""

    name: str
    count: int
    """All questions, including unscored ones."""
    ex: Proportion
    """Execution accuracy, over the questions that could be scored."""
    em: Proportion
    """Exact match, over the questions whose gold Spider's parser reads. If the official program
    would raise an exception over the prediction, it counts as wrong."""
    partial: Mapping[str, Partial]
    """Partial matches by component, in the official order."""


@dataclass(frozen=True, slots=True)
class Summary:
    """The totals of one evaluation."""

    levels: tuple[Level, ...]
    """The levels of hardness, in the order of LEVELS."""
    invalid: Mapping[str, int]
    """Predictions that gave no result, by outcome, in the order of INVALID."""
    vacuous: int
    """Matches in which both results are empty."""
    parse_errors: int
    """Predictions that Spider's parser cannot read."""
    unscored: int
    """Questions without a gold result."""
    em_unjudged: int
    """Questions whose gold Spider's parser cannot read, or whose database is missing."""

    @property
    def total(self) -> Level:
        """The totals over all questions."""
        return self.levels[-1]

    def record(self) -> dict[str, Any]:
        """The totals for JSON."""
        return {
            "levels": {level.name: _level_record(level) for level in self.levels},
            "invalid": dict(self.invalid),
            "vacuous": self.vacuous,
            "parse_errors": self.parse_errors,
            "unscored": self.unscored,
            "em_unjudged": self.em_unjudged,
        }


def summarise(verdicts: Sequence[Verdict]) -> Summary:
    """The totals of all verdicts; every question counts in its level and in `all`."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    return Summary(
        levels=tuple(_level(name, [v for v in verdicts if name in (v.hardness, "all")]) for name in LEVELS),
        invalid={name: outcomes[name] for name in INVALID},
        vacuous=sum(verdict.vacuous for verdict in verdicts),
        parse_errors=sum(verdict.parse_error for verdict in verdicts),
        unscored=outcomes["unscored"],
        em_unjudged=sum(verdict.em is None for verdict in verdicts),
    )


def _level(name: str, verdicts: Sequence[Verdict]) -> Level:
    scored = [verdict for verdict in verdicts if verdict.outcome != "unscored"]
    judged = [verdict for verdict in verdicts if verdict.em is not None]
    rows: list[Sequence[Component]] = [verdict.components for verdict in verdicts]
    return Level(
        name,
        len(verdicts),
        Proportion(sum(verdict.ex for verdict in scored), len(scored)),
        Proportion(sum(bool(verdict.em) for verdict in judged), len(judged)),
        {component: _partial(i, rows) for i, component in enumerate(COMPONENTS)},
    )


def _partial(place: int, rows: Sequence[Sequence[Component]]) -> Partial:
    """Means over the rows that have the component, as in the official programs.

    If neither side ever scores, F1 is 1; without any row all figures are 0.
    """
    components = [row[place] for row in rows if row]
    accuracy = _mean(component.score for component in components if component.predicted > 0)
    recall = _mean(component.score for component in components if component.gold > 0)
    if accuracy == recall == 0:
        return Partial(accuracy, recall, 1.0 if rows else 0.0)
    return Partial(accuracy, recall, 2 * accuracy * recall / (accuracy + recall))


def _mean(scores: Iterable[int]) -> float:
    kept = list(scores)
    return sum(kept) / len(kept) if kept else 0.0


def _level_record(level: Level) -> dict[str, Any]:
    return {
        "count": level.count,
        "ex": level.ex.hits,
        "ex_of": level.ex.of,
        "ex_rate": level.ex.rate,
        "em": level.em.hits,
        "em_of": level.em.of,
        "em_rate": level.em.rate,
        "partial": {name: partial._asdict() for name, partial in level.partial.items()},
    }
