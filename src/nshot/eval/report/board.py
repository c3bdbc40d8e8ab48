"""A comparison as a board: one line per strategy and number of shots, one column per measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from nshot.eval.comparison import Comparison
from nshot.eval.report.wording import ANSWERS, FAMILIES, split_measure, wording
from nshot.eval.scores import ALL, Estimate

LEVELS = ("easy", "medium", "hard", "extra")
HARDNESS, DATABASE = "hardness:", "database:"


class BoardLine(NamedTuple):
    """A strategy at one k."""

    name: str
    k: int
    """Number of shots, or the measure's own k if it has another one."""

    @property
    def label(self) -> str:
        """The name shown to people.

        >>> BoardLine("keyword", 1).label, BoardLine("zero-shot", 0).label
        ('keyword, 1 shot', 'zero-shot')
        """
        return f"{self.name}, {self.k} shot{'' if self.k == 1 else 's'}" if self.k else self.name


@dataclass(frozen=True)
class Board:
    """Scores by line, measure (its name without `@k`) and group."""

    comparison: Comparison

    @cached_property
    def cells(self) -> dict[tuple[BoardLine, str, str], Estimate]:
        """Every score by its line, measure and group."""
        found = {}
        for score in self.comparison.scores:
            name, k = split_measure(score.measure)
            line = BoardLine(score.system.name, score.system.shots if k is None else k)
            found[line, name, score.group] = score.estimate
        return found

    @cached_property
    def lines(self) -> tuple[BoardLine, ...]:
        """The lines, ordered by system and then by k."""
        seen = dict.fromkeys(line for line, _, _ in self.cells)
        return tuple(sorted(seen, key=lambda line: (self.names.index(line.name), line.k)))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the strategies, in the order of the systems; `zero-shot` is one of them."""
        listed = [system.name for system in self.comparison.systems]
        scored = [score.system.name for score in self.comparison.scores]
        return tuple(dict.fromkeys((*listed, *scored)))

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures, grouped by family; within a family in order of appearance."""
        seen = dict.fromkeys(name for _, name, group in self.cells if group == ALL)
        return tuple(sorted(seen, key=lambda name: FAMILIES.index(wording(name).family)))

    @property
    def primary(self) -> str:
        """The report's main measure: EX if there is a model, else the first one; empty for none."""
        return "ex" if "ex" in self.measures else next(iter(self.measures), "")

    @property
    def with_model(self) -> bool:
        """Whether the comparison has judged answers of a model."""
        return any(wording(name).family == ANSWERS for name in self.measures)

    def families(self) -> list[tuple[str, tuple[str, ...]]]:
        """The families that have measures, each with its measures."""
        grouped = [
            (family, tuple(name for name in self.measures if wording(name).family == family))
            for family in FAMILIES
        ]
        return [(family, names) for family, names in grouped if names]

    def cell(self, line: BoardLine, measure: str, group: str = ALL) -> Estimate | None:
        """The estimate; None if it was not computed."""
        return self.cells.get((line, measure, group))

    def lines_with(self, measures: Sequence[str], group: str | None = ALL) -> list[BoardLine]:
        """Lines for which one of the measures was computed, in the group; None means in any
        group."""
        wanted = {
            line for line, name, found in self.cells if name in measures and (group is None or found == group)
        }
        return [line for line in self.lines if line in wanted]

    def levels(self) -> tuple[str, ...]:
        """Classes of hardness, easy first."""
        found = self._groups(HARDNESS)
        return tuple(sorted(found, key=lambda level: LEVELS.index(level) if level in LEVELS else len(LEVELS)))

    def databases(self) -> tuple[str, ...]:
        """Databases, sorted by name."""
        return tuple(sorted(self._groups(DATABASE)))

    def ceiling(self, measure: str, k: int) -> float | None:
        """What the best possible choice of k examples would reach; None if that is unknown."""
        ceiling = self.comparison.ceiling
        return ceiling.get(f"{measure}@{k}", ceiling.get(measure))

    def questions(self) -> int:
        """The largest number of questions behind any score."""
        counts = [cell.questions for (_, _, group), cell in self.cells.items() if group == ALL]
        return max(counts, default=len(self.comparison.cases))

    def _groups(self, prefix: str) -> list[str]:
        groups = dict.fromkeys(group for _, _, group in self.cells if group.startswith(prefix))
        return [group.removeprefix(prefix) for group in groups]
