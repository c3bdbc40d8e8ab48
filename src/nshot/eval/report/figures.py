"""The charts of a comparison; each strategy has the same colour and shape in all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from nshot.eval.report.board import HARDNESS, Board, BoardLine
from nshot.eval.report.charts.bar_chart import Bar, bar_chart
from nshot.eval.report.charts.frame import Frame, Mean
from nshot.eval.report.charts.line_chart import Series, line_chart
from nshot.eval.report.charts.scale import span, ticks
from nshot.eval.report.charts.scatter import Dot, Path, scatter
from nshot.eval.report.charts.svg import SHAPES
from nshot.eval.report.wording import LIKENESS, VARIETY, MeasureUnit, heading, number, wording
from nshot.eval.scores import ALL, Estimate

COLOURS: Final = 7
"""Colours of the page, `c1` to `c7`; further strategies use them again with dashed lines. WIDE,
PANEL, NARROW> Widths of a full-width chart, of one of two side by side, and of either on a
phone."""
WIDE, PANEL, NARROW = 900.0, 520.0, 360.0
"""Of a chart over the whole page, of one of two side by side, and of either on a phone."""


class Figure(NamedTuple):
    """A chart in the two widths that the page chooses from."""

    title: str
    note: str
    wide: str
    narrow: str


def styles(names: Sequence[str]) -> dict[str, str]:
    """CSS classes of each strategy: colour, then shape.

    >>> styles(["zero-shot", "random", "keyword", "hybrid"])["hybrid"]
    'c2 square'
    """
    found, at = {}, 0
    for name in names:
        if name in ("zero-shot", "random"):
            found[name] = "zero circle" if name == "zero-shot" else "random square"
            continue
        again = " again" if at >= COLOURS else ""
        found[name] = f"c{at % COLOURS + 1}{again} {SHAPES[at % len(SHAPES)]}"
        at += 1
    return found


def by_k(board: Board, measure: str) -> Figure | None:
    """The measure by number of shots, or by k; None if there is only one number."""
    if len({line.k for line in board.lines_with([measure])}) < 2:
        return None
    axis = "shots" if board.with_model else "k"
    note = "Means with 95 % intervals. The axis does not begin at zero."
    ceiling = _ceilings(board, measure)

    def draw(width: float) -> str:
        title = f"{heading(measure)} by {axis}"
        frame = Frame(
            title, _describe(board, measure), axis, heading(measure), width, 420 if width > 500 else 330
        )
        return line_chart(_series(board, measure, ALL), frame, ceiling)

    return _both(f"{wording(measure).title} by {axis}", note, draw)


def by_k_panels(board: Board) -> list[Figure]:
    """The other measures of similarity and diversity by k."""
    names = [name for name in board.measures if wording(name).family in (LIKENESS, VARIETY)]
    found = []
    for name in names:
        if name == board.primary or len({line.k for line in board.lines_with([name])}) < 2:
            continue
        frame = Frame(f"{heading(name)} by k", _describe(board, name), "k", heading(name), height=280)
        draw = partial(line_chart, _series(board, name, ALL), ceiling=_ceilings(board, name))
        found.append(_panel(wording(name).title, "", draw, frame))
    return found


def hardness_panels(board: Board, measure: str) -> list[Figure]:
    """One chart per class of hardness, all with the same scale."""
    levels = board.levels()
    drawn = {level: _series(board, measure, HARDNESS + level) for level in levels}
    means = [mean for series in drawn.values() for one in series for mean in one.points.values()]
    values = ticks(*span(end for mean in means for end in (mean.low, mean.high, mean.value)))
    found = []
    for level, series in drawn.items():
        if len({k for one in series for k in one.points}) < 2:
            continue
        axis = "shots" if board.with_model else "k"
        title = f"{heading(measure)}, {level} questions, by {axis}"
        said = _describe(board, measure, group=HARDNESS + level)
        frame = Frame(title, said, axis, heading(measure), 0, 300, values[0], values[-1])
        count = _count(board, measure, HARDNESS + level)
        found.append(_panel(level, count, partial(line_chart, series), frame))
    return found


def score_bars(board: Board, measure: str) -> Figure:
    """All lines, the highest value first."""
    lines = sorted(board.lines_with([measure]), key=lambda line: -_sortable(board.cell(line, measure)))
    bars = _bars(board, lines, measure, lambda line: line.label)

    def draw(width: float) -> str:
        title = f"{heading(measure)}, best first"
        said = _describe(board, measure, lines)
        return bar_chart(bars, Frame(title, said, heading(measure), width=width))

    return _both(
        f"{wording(measure).title}, best first", "Bars begin at zero; lines are 95 % intervals.", draw
    )


def score_panels(board: Board) -> list[tuple[int, list[Figure]]]:
    """Charts for each k, one per similarity measure: strategies side by side, with the ceiling."""
    names = [name for name in board.measures if wording(name).family == LIKENESS]
    found = []
    for k in sorted({line.k for line in board.lines_with(names) if line.k}):
        figures = [_score_panel(board, name, k) for name in names if _lines_at(board, name, k)]
        found.append((k, figures))
    return found


def cost(board: Board, measure: str) -> Figure | None:
    """Tokens of the prompt against the measure; None if tokens were not counted."""
    paths = [path for name in board.names if (path := _path(board, name, measure)).dots]
    if not paths:
        return None

    def draw(width: float) -> str:
        title = f"{heading(measure)} against tokens of the prompt"
        height = 400 if width > 500 else 330
        said = f"Tokens of a prompt: {_describe(board, 'prompt_tokens')}"
        return scatter(paths, Frame(title, said, "tokens of a prompt, mean", heading(measure), width, height))

    note = (
        "The cost of better answers. The number in a point is the number of shots; axes do not begin at zero."
    )
    return _both(f"Tokens against {wording(measure).title}", note, draw)


def _both(title: str, note: str, draw: Callable[[float], str]) -> Figure:
    return Figure(title, note, draw(WIDE), draw(NARROW))


def _panel(title: str, note: str, draw: Callable[..., str], frame: Frame) -> Figure:
    wide, narrow = (draw(frame=frame._replace(width=width)) for width in (PANEL, NARROW))
    return Figure(title, note, wide, narrow)


def _score_panel(board: Board, measure: str, k: int) -> Figure:
    lines = _lines_at(board, measure, k)
    bars = _bars(board, lines, measure, lambda line: line.name)
    ceiling = board.ceiling(measure, k)
    title = f"{heading(measure)} at k = {k}"
    limit = None if ceiling is None else ceiling * _factor(wording(measure).unit)
    draw = partial(bar_chart, bars, ceiling=limit)
    return _panel(
        wording(measure).title, "", draw, Frame(title, _describe(board, measure, lines), heading(measure))
    )


def _lines_at(board: Board, measure: str, k: int) -> list[BoardLine]:
    return [line for line in board.lines_with([measure]) if line.k == k]


def _bars(
    board: Board, lines: Sequence[BoardLine], measure: str, label: Callable[[BoardLine], str]
) -> list[Bar]:
    style, unit = styles(board.names), wording(measure).unit
    cells = [(line, board.cell(line, measure)) for line in lines]
    return [
        Bar(label(line), line.name, style[line.name], _mean(cell, unit), number(cell and cell.value, unit))
        for line, cell in cells
    ]


def _series(board: Board, measure: str, group: str) -> list[Series]:
    style, unit = styles(board.names), wording(measure).unit
    found = []
    for name in board.names:
        lines = [line for line in board.lines_with([measure], group) if line.name == name]
        points = {float(line.k): _mean(board.cell(line, measure, group), unit) for line in lines}
        if points:
            found.append(Series(name, style[name], points))
    return found


def _path(board: Board, name: str, measure: str) -> Path:
    unit, dots = wording(measure).unit, []
    for line in board.lines_with([measure]):
        tokens, cell = board.cell(line, "prompt_tokens"), board.cell(line, measure)
        if line.name == name and tokens is not None and tokens.value == tokens.value:
            dots.append(Dot(tokens.value, _mean(cell, unit), str(line.k)))
    return Path(name, styles(board.names)[name], tuple(dots))


def _ceilings(board: Board, measure: str) -> dict[float, float]:
    factor = _factor(wording(measure).unit)
    ks = [line.k for line in board.lines_with([measure])]
    found = {float(k): board.ceiling(measure, k) for k in ks}
    return {k: value * factor for k, value in found.items() if value is not None}


def _describe(board: Board, measure: str, lines: Sequence[BoardLine] | None = None, group: str = ALL) -> str:
    """A description of the chart in words, for people who cannot see it."""
    unit = wording(measure).unit
    cells = [
        (line, board.cell(line, measure, group))
        for line in (board.lines_with([measure], group) if lines is None else lines)
    ]
    said = [f"{line.label} {number(cell.value, unit)}" for line, cell in cells if cell is not None]
    return "; ".join(said) + "."


def _count(board: Board, measure: str, group: str) -> str:
    lines = board.lines_with([measure], group)
    counts = [cell.questions for line in lines if (cell := board.cell(line, measure, group)) is not None]
    return f"{max(counts, default=0):,} questions"


def _mean(estimate: Estimate | None, unit: MeasureUnit) -> Mean:
    if estimate is None:
        return Mean(float("nan"), float("nan"), float("nan"))
    factor = _factor(unit)
    return Mean(estimate.value * factor, estimate.low * factor, estimate.high * factor)


def _factor(unit: MeasureUnit) -> float:
    return 100.0 if unit == "%" else 1.0


def _sortable(estimate: Estimate | None) -> float:
    return estimate.value if estimate is not None and estimate.value == estimate.value else float("-inf")
