"""A scatter plot of two means, such as tokens and accuracy: one path per strategy, one point per
k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nshot.eval.report.charts.frame import End, Frame, Mean, end_labels, text_width, whisker, x_axis, y_axis
from nshot.eval.report.charts.scale import Scale, span, ticks
from nshot.eval.report.charts.svg import element, path, picture, text, tooltip

TOP, BOTTOM, LEFT = 34, 46, 38


class Dot(NamedTuple):
    """One point."""

    x: float
    y: Mean
    mark: str
    """Text at the point: the number of shots."""


class Path(NamedTuple):
    """The points of one strategy, in order."""

    name: str
    style: str
    dots: tuple[Dot, ...]


def scatter(paths: Sequence[Path], frame: Frame) -> str:
    """The chart; neither axis has to begin at zero."""
    paths = [one._replace(dots=tuple(dot for dot in one.dots if dot.y.is_defined)) for one in paths]
    paths = [one for one in paths if one.dots]
    dots = [dot for one in paths for dot in one.dots]
    ends = [
        end for dot in dots for end in ((dot.y.low, dot.y.high) if dot.y.has_interval else (dot.y.value,))
    ]
    rows, columns = ticks(*span(ends)), ticks(*span(dot.x for dot in dots), 4 if frame.width < 500 else 8)
    margin = 34 + max((text_width(one.name) for one in paths), default=0)
    x = Scale(columns[0], columns[-1], LEFT + 6, frame.width - margin)
    y = Scale(rows[0], rows[-1], frame.height - BOTTOM, TOP)
    lasts = [End(one.name, one.style, x(one.dots[-1].x), y(one.dots[-1].y.value)) for one in paths]
    return picture(
        (frame.width, frame.height),
        frame.title,
        frame.description,
        y_axis(y, rows, LEFT, x.stop + 4, frame.y_title),
        x_axis(x, columns, y.start, frame.x_title),
        *(_path(one, x, y) for one in paths),
        end_labels(lasts, frame.width - margin + 24, TOP, y.start),
    )


def _path(one: Path, x: Scale, y: Scale) -> str:
    drawn = [whisker(x(dot.x), y(dot.y.low), y(dot.y.high)) for dot in one.dots if dot.y.has_interval]
    drawn.append(element("path", class_="line thin", d=path([(x(d.x), y(d.y.value)) for d in one.dots])))
    for dot in one.dots:
        said = f"{one.name}, {dot.mark} shots: {dot.y.value:.3g} at {dot.x:,.0f}"
        drawn.append(_draw_numbered_mark(dot.mark, x(dot.x), y(dot.y.value), said))
    return element("g", *drawn, class_=f"series {one.style}", data_name=one.name)


def _draw_numbered_mark(mark: str, x: float, y: float, said: str) -> str:
    return element(
        "g",
        tooltip(said),
        element("circle", class_="token", cx=x, cy=y, r=7.5),
        text(mark, x, y + 3.5, class_="mark-text", text_anchor="middle"),
    )
