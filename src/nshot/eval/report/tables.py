"""The tables of a report as values, drawn by `markdown` and by the page alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from math import isfinite
from typing import Final, NamedTuple
from urllib.parse import urlencode

from nshot.eval.comparison import ALL, Comparison, Contrast, Estimate
from nshot.eval.report.board import DATABASE, HARDNESS, Board, Line
from nshot.eval.report.wording import (
    ANSWERS,
    LIKENESS,
    Unit,
    heading,
    interval,
    number,
    plural,
    probability,
    split_measure,
    wording,
)

_TESTS: Final = {"mcnemar": "McNemar's test"}


class Cell(NamedTuple):
    """What stands in one field."""

    text: str
    note: str = ""
    """Said more quietly beside the text: an interval, a count."""
    name: str = ""
    """Way of picking whose colour goes with it."""
    strong: bool = False
    shade: float | None = None
    """0 to 1: how dark the field is."""
    link: str = ""
    """Address within the page."""
    reach: tuple[float, float, float] | None = None
    """Low, value and high as shares of the widest of its table, -1 to 1."""


class Table(NamedTuple):
    """Rows under a head, the first `texts` columns of which are words and the others numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: int = 1
    over: tuple[tuple[str, int], ...] = ()
    """A line above the head, where columns belong together: what they share, and how many they are."""
    under: tuple[str, ...] = ()
    """The head below such a line, of the same length as `head`."""

    @property
    def starts(self) -> frozenset[int]:
        """Columns with which what belongs together begins, but for the first."""
        return frozenset(accumulate(width for _, width in self.over))


def scoreboards(board: Board) -> list[Table]:
    """One table a family of measures: lines by measures, each mean with its interval."""
    return [_scoreboard(board, family, names) for family, names in board.families()]


def by_hardness(board: Board, measure: str) -> Table | None:
    """Lines by classes of hardness; None where there are no such groups."""
    levels = board.levels()
    if not levels:
        return None
    groups = [*(HARDNESS + level for level in levels), ALL]
    rows = []
    for line in board.lines_with([measure]):
        cells = [_estimate(board.cell(line, measure, group), measure) for group in groups]
        rows.append((_line(board, line), *cells))
    counts = [_most(board, measure, group) for group in groups]
    head = tuple(f"{name} ({count:,})" for name, count in zip((*levels, "all"), counts, strict=True))
    caption = f"{heading(measure)} by hardness of the gold SQL, number of questions in brackets"
    return Table(caption, ("", *head), tuple(rows))


def by_database(board: Board, measure: str) -> Table | None:
    """Databases by lines; None where there are no such groups."""
    databases = board.databases()
    lines = board.lines_with([measure])
    if not databases or not lines:
        return None
    unit = wording(measure).unit
    rows = []
    for database in databases:
        group = DATABASE + database
        found = [board.cell(line, measure, group) for line in lines]
        fields = [Cell(number(_value(one), unit), shade=_shade(one, measure)) for one in found]
        rows.append((Cell(database), Cell(f"{_most(board, measure, group):,}"), *fields))
    rows.append(
        (
            Cell("all", strong=True),
            Cell(f"{_most(board, measure, ALL):,}"),
            *(
                Cell(number(_value(one), unit), shade=_shade(one, measure), strong=True)
                for one in (board.cell(line, measure) for line in lines)
            ),
        )
    )
    head = ("database", "questions", *(line.label for line in lines))
    over, under = _two_lines([(line.name, line.k) for line in lines])
    caption = f"{heading(measure)} by database"
    return Table(caption, head, tuple(rows), 1, (("", 2), *over), ("database", "questions", *under))


def contrasts(comparison: Comparison) -> list[Table]:
    """One table a measure: every system against its baseline."""
    measures = dict.fromkeys(split_measure(contrast.measure)[0] for contrast in comparison.contrasts)
    return [
        _contrasts(measure, [c for c in comparison.contrasts if split_measure(c.measure)[0] == measure])
        for measure in measures
    ]


def correlations(comparison: Comparison) -> Table | None:
    """What the measures without a model say about the outcome; None where that was not asked."""
    if not comparison.correlations:
        return None
    rows = tuple(
        (
            Cell(one.measure),
            Cell(heading(one.outcome).removesuffix(", %")),
            Cell("all with examples" if one.shots is None else plural(one.shots, "shot")),
            Cell(str(one.systems)),
            Cell(number(one.pearson, "", signed=True)),
            Cell(number(one.spearman, "", signed=True)),
        )
        for one in comparison.correlations
    )
    head = ("measure", "outcome", "systems with", "systems", "Pearson", "Spearman")
    return Table("Correlation over systems", head, rows, 3)


def mistakes(comparison: Comparison) -> Table | None:
    """Classes by systems: how many wrong answers differ from gold in it; None where none were classed."""
    systems = {system.label: (system.name, system.shots) for system in comparison.systems}
    labels = [label for label, counts in comparison.mistakes.items() if counts]
    classes: dict[str, int] = {}
    for label in labels:
        for name, count in comparison.mistakes[label].items():
            classes[name] = classes.get(name, 0) + count
    if not classes:
        return None
    most = max(max(comparison.mistakes[label].values()) for label in labels) or 1
    rows = []
    for name in sorted(classes, key=lambda one: (-classes[one], one)):
        counts = [comparison.mistakes[label].get(name, 0) for label in labels]
        fields = [
            Cell(f"{count:,}", shade=count / most, link=_case_link(comparison, label, name) if count else "")
            for label, count in zip(labels, counts, strict=True)
        ]
        rows.append((Cell(name), *fields))
    caption = "Wrong answers by what differs from gold; an answer may be in several classes"
    over, under = _two_lines([systems.get(label, (label, 0)) for label in labels])
    return Table(caption, ("differs in", *labels), tuple(rows), 1, (("", 1), *over), ("differs in", *under))


def _two_lines(columns: Sequence[tuple[str, int]]) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Names over their numbers of shots, for a head of two lines."""
    names = groupby(name for name, _ in columns)
    return tuple((name, len(list(group))) for name, group in names), tuple(str(k) for _, k in columns)


def _scoreboard(board: Board, family: str, names: Sequence[str]) -> Table:
    lines = board.lines_with(names)
    best = {name: _best(board, lines, name) for name in names}
    rows = []
    for line in lines:
        cells = [_estimate(board.cell(line, name), name, strong=line in best[name]) for name in names]
        rows.append((_line(board, line), *cells))
    return Table(family, ("", *(heading(name) for name in names)), tuple(rows))


def _best(board: Board, lines: Sequence[Line], measure: str) -> set[Line]:
    """The lines with the best value as it is shown; none where all are equal, or where no value is better."""
    shown = wording(measure)
    cells = {line: cell.value for line in lines if (cell := board.cell(line, measure)) is not None}
    texts = {line: number(value, shown.unit) for line, value in cells.items() if isfinite(value)}
    if shown.family not in (ANSWERS, LIKENESS) or len(set(texts.values())) < 2:
        return set()
    choose = min if shown.lower_is_better else max
    best = texts[choose(texts, key=lambda line: cells[line])]
    return {line for line, text in texts.items() if text == best}


def _contrasts(measure: str, found: Sequence[Contrast]) -> Table:
    unit = wording(measure).unit
    ends = [end for one in found for end in one.difference[:3] if isfinite(end)]
    widest = max(map(abs, ends), default=0) or 1
    difference = "difference, points" if unit == "%" else f"difference{', ' + unit if unit else ''}"
    tests = list(dict.fromkeys(_TESTS.get(one.test, one.test) for one in found))
    head = ("system", "baseline", difference, "better on", "worse on", "p", "p (Holm)")
    rows = [_contrast(one, unit, widest) for one in found]
    caption = f"{wording(measure).title}: system minus baseline"
    if len(tests) == 1:
        return Table(f"{caption}, by {tests[0]}", head, tuple(rows), 2)
    rows = [
        (*row[:2], Cell(_TESTS.get(one.test, one.test)), *row[2:])
        for row, one in zip(rows, found, strict=True)
    ]
    return Table(caption, (*head[:2], "test", *head[2:]), tuple(rows), 3)


def _contrast(one: Contrast, unit: Unit, widest: float) -> tuple[Cell, ...]:
    value, low, high = one.difference[:3]
    reach = (low / widest, value / widest, high / widest) if all(map(isfinite, (value, low, high))) else None
    difference = number(value, unit, signed=True)
    return (
        Cell(one.system.label, name=one.system.name),
        Cell(one.baseline.label, name=one.baseline.name),
        Cell(difference, interval(one.difference, unit, signed=True), reach=reach),
        Cell(f"{one.wins:,}"),
        Cell(f"{one.losses:,}"),
        Cell(probability(one.p)),
        Cell(probability(one.p_holm), strong=one.p_holm < 0.05),
    )


def _line(board: Board, line: Line) -> Cell:
    seeds = max(cell.seeds for (found, _, _), cell in board.cells.items() if found == line)
    return Cell(line.label, plural(seeds, "seed") if seeds > 1 else "", name=line.name)


def _estimate(estimate: Estimate | None, measure: str, *, strong: bool = False) -> Cell:
    unit = wording(measure).unit
    notes = [interval(estimate, unit)]
    if estimate is not None and estimate.sd is not None and isfinite(estimate.sd) and estimate.seeds > 1:
        notes.append(f"sd {number(estimate.sd, unit)}")
    return Cell(number(_value(estimate), unit), "; ".join(filter(None, notes)), strong=strong)


def _value(estimate: Estimate | None) -> float | None:
    return None if estimate is None else estimate.value


def _shade(estimate: Estimate | None, measure: str) -> float | None:
    if estimate is None or not 0 <= estimate.value <= 1 or wording(measure).unit not in ("%", ""):
        return None
    return estimate.value


def _most(board: Board, measure: str, group: str) -> int:
    wanted = (measure, group)
    counts = [cell.questions for (_, *found), cell in board.cells.items() if tuple(found) == wanted]
    return max(counts, default=0)


def _case_link(comparison: Comparison, label: str, mistake: str) -> str:
    if not comparison.cases:
        return ""
    at = next((i for i, system in enumerate(comparison.systems) if system.label == label), None)
    return "" if at is None else "#" + urlencode({"a": f"s{at}", "show": "wrong", "mistake": mistake})
