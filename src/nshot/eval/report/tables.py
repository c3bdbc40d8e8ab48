"""The tables of a report as values, which both the Markdown and the HTML report draw."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, groupby
from math import isfinite
from typing import Final, NamedTuple
from urllib.parse import urlencode

from nshot.eval.comparison import Comparison
from nshot.eval.report.board import DATABASE, HARDNESS, Board, BoardLine
from nshot.eval.report.wording import (
    ANSWERS,
    LIKENESS,
    MeasureUnit,
    heading,
    interval,
    number,
    plural,
    probability,
    split_measure,
    wording,
)
from nshot.eval.scores import ALL, Contrast, Estimate

_TESTS: Final = {"mcnemar": "McNemar's test"}


class ReportCell(NamedTuple):
    """One cell."""

    text: str
    note: str = ""
    """Shown less prominently beside the text: an interval, a count."""
    name: str = ""
    """The strategy whose colour the cell has."""
    strong: bool = False
    shade: float | None = None
    """0 to 1: how dark the cell is."""
    link: str = ""
    """Address within the page."""
    reach: tuple[float, float, float] | None = None
    """Low, value and high of the interval, relative to the widest in the table, -1 to 1."""


class ReportTable(NamedTuple):
    """Rows with a header; the first `texts` columns are words and the others numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[ReportCell, ...], ...]
    texts: int = 1
    over: tuple[tuple[str, int], ...] = ()
    """A line above the header for columns that belong together: their common text and their number.
    """
    under: tuple[str, ...] = ()
    """The header below such a line, as long as `head`."""

    @property
    def starts(self) -> frozenset[int]:
        """Columns that start a group of columns, except the first."""
        return frozenset(accumulate(width for _, width in self.over))


def scoreboards(board: Board) -> list[ReportTable]:
    """One table per family of measures: lines by measures, each mean with its interval."""
    return [_scoreboard(board, family, names) for family, names in board.families()]


def by_hardness(board: Board, measure: str) -> ReportTable | None:
    """Lines by class of hardness; None if there are no such groups."""
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
    return ReportTable(caption, ("", *head), tuple(rows))


def by_database(board: Board, measure: str) -> ReportTable | None:
    """Databases by lines; None if there are no such groups."""
    databases = board.databases()
    lines = board.lines_with([measure])
    if not databases or not lines:
        return None
    unit = wording(measure).unit
    rows = []
    for database in databases:
        group = DATABASE + database
        found = [board.cell(line, measure, group) for line in lines]
        fields = [ReportCell(number(_value(one), unit), shade=_shade(one, measure)) for one in found]
        rows.append((ReportCell(database), ReportCell(f"{_most(board, measure, group):,}"), *fields))
    rows.append(
        (
            ReportCell("all", strong=True),
            ReportCell(f"{_most(board, measure, ALL):,}"),
            *(
                ReportCell(number(_value(one), unit), shade=_shade(one, measure), strong=True)
                for one in (board.cell(line, measure) for line in lines)
            ),
        )
    )
    head = ("database", "questions", *(line.label for line in lines))
    over, under = _two_lines([(line.name, line.k) for line in lines])
    caption = f"{heading(measure)} by database"
    return ReportTable(caption, head, tuple(rows), 1, (("", 2), *over), ("database", "questions", *under))


def contrasts(comparison: Comparison) -> list[ReportTable]:
    """One table per measure: every system against its baseline."""
    measures = dict.fromkeys(split_measure(contrast.measure)[0] for contrast in comparison.contrasts)
    return [
        _contrasts(measure, [c for c in comparison.contrasts if split_measure(c.measure)[0] == measure])
        for measure in measures
    ]


def correlations(comparison: Comparison) -> ReportTable | None:
    """How well measures without a model predict the outcome; None if that was not computed."""
    if not comparison.correlations:
        return None
    rows = tuple(
        (
            ReportCell(one.measure),
            ReportCell(heading(one.outcome).removesuffix(", %")),
            ReportCell("all with examples" if one.shots is None else plural(one.shots, "shot")),
            ReportCell(str(one.systems)),
            ReportCell(number(one.pearson, "", signed=True)),
            ReportCell(number(one.spearman, "", signed=True)),
        )
        for one in comparison.correlations
    )
    head = ("measure", "outcome", "systems with", "systems", "Pearson", "Spearman")
    return ReportTable("Correlation over systems", head, rows, 3)


def mistakes(comparison: Comparison) -> ReportTable | None:
    """Classes of mistakes by system: the number of wrong answers in each; None if none were
    classified.
    """
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
            ReportCell(
                f"{count:,}", shade=count / most, link=_case_link(comparison, label, name) if count else ""
            )
            for label, count in zip(labels, counts, strict=True)
        ]
        rows.append((ReportCell(name), *fields))
    caption = "Wrong answers by the difference from gold; an answer may be in several classes"
    over, under = _two_lines([systems.get(label, (label, 0)) for label in labels])
    return ReportTable(
        caption, ("differs in", *labels), tuple(rows), 1, (("", 1), *over), ("differs in", *under)
    )


def _two_lines(columns: Sequence[tuple[str, int]]) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """Strategies above their numbers of shots, for a header of two lines."""
    names = groupby(name for name, _ in columns)
    return tuple((name, len(list(group))) for name, group in names), tuple(str(k) for _, k in columns)


def _scoreboard(board: Board, family: str, names: Sequence[str]) -> ReportTable:
    lines = board.lines_with(names)
    best = {name: _best(board, lines, name) for name in names}
    rows = []
    for line in lines:
        cells = [_estimate(board.cell(line, name), name, strong=line in best[name]) for name in names]
        rows.append((_line(board, line), *cells))
    return ReportTable(family, ("", *(heading(name) for name in names)), tuple(rows))


def _best(board: Board, lines: Sequence[BoardLine], measure: str) -> set[BoardLine]:
    """The lines with the best value as displayed; none if all are equal, or if no direction is
    better.
    """
    shown = wording(measure)
    cells = {line: cell.value for line in lines if (cell := board.cell(line, measure)) is not None}
    texts = {line: number(value, shown.unit) for line, value in cells.items() if isfinite(value)}
    if shown.family not in (ANSWERS, LIKENESS) or len(set(texts.values())) < 2:
        return set()
    choose = min if shown.lower_is_better else max
    best = texts[choose(texts, key=lambda line: cells[line])]
    return {line for line, text in texts.items() if text == best}


def _contrasts(measure: str, found: Sequence[Contrast]) -> ReportTable:
    unit = wording(measure).unit
    ends = [end for one in found for end in one.difference[:3] if isfinite(end)]
    widest = max(map(abs, ends), default=0) or 1
    difference = "difference, points" if unit == "%" else f"difference{', ' + unit if unit else ''}"
    tests = list(dict.fromkeys(_TESTS.get(one.test, one.test) for one in found))
    head = ("system", "baseline", difference, "better on", "worse on", "p", "p (Holm)")
    rows = [_contrast(one, unit, widest) for one in found]
    caption = f"{wording(measure).title}: system minus baseline"
    if len(tests) == 1:
        return ReportTable(f"{caption}, by {tests[0]}", head, tuple(rows), 2)
    rows = [
        (*row[:2], ReportCell(_TESTS.get(one.test, one.test)), *row[2:])
        for row, one in zip(rows, found, strict=True)
    ]
    return ReportTable(caption, (*head[:2], "test", *head[2:]), tuple(rows), 3)


def _contrast(one: Contrast, unit: MeasureUnit, widest: float) -> tuple[ReportCell, ...]:
    value, low, high = one.difference[:3]
    reach = (low / widest, value / widest, high / widest) if all(map(isfinite, (value, low, high))) else None
    difference = number(value, unit, signed=True)
    return (
        ReportCell(one.system.label, name=one.system.name),
        ReportCell(one.baseline.label, name=one.baseline.name),
        ReportCell(difference, interval(one.difference, unit, signed=True), reach=reach),
        ReportCell(f"{one.wins:,}"),
        ReportCell(f"{one.losses:,}"),
        ReportCell(probability(one.p)),
        ReportCell(probability(one.p_holm), strong=one.p_holm < 0.05),
    )


def _line(board: Board, line: BoardLine) -> ReportCell:
    seeds = max(cell.seeds for (found, _, _), cell in board.cells.items() if found == line)
    return ReportCell(line.label, plural(seeds, "seed") if seeds > 1 else "", name=line.name)


def _estimate(estimate: Estimate | None, measure: str, *, strong: bool = False) -> ReportCell:
    unit = wording(measure).unit
    notes = [interval(estimate, unit)]
    if estimate is not None and estimate.sd is not None and isfinite(estimate.sd) and estimate.seeds > 1:
        notes.append(f"sd {number(estimate.sd, unit)}")
    return ReportCell(number(_value(estimate), unit), "; ".join(filter(None, notes)), strong=strong)


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
