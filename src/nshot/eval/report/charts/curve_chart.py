"""A curve over a share, such as coverage, or points around a line that they should lie on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nshot.eval.report.charts.frame import Frame, Mean, text_width, whisker, x_axis, y_axis
from nshot.eval.report.charts.scale import Scale, ticks
from nshot.eval.report.charts.svg import element, marker, path, picture, text

TOP, BOTTOM, LEFT, RIGHT = 34, 46, 38, 12
"""Room around the plot, in units of the picture."""

Place = tuple[float, float]
"""A point in the units of the axes."""


class CurvePoint(NamedTuple):
    """A marked point."""

    x: float
    y: Mean
    note: str
    """What a reader is told of it."""


class Reference(NamedTuple):
    """A line to compare with."""

    name: str
    places: tuple[Place, ...]
    label: Place
    """Where its name ends, just below."""


def curve_chart(
    name: str,
    style: str,
    curve: Sequence[Place],
    points: Sequence[CurvePoint],
    reference: Reference,
    frame: Frame,
) -> str:
    """The chart; the x axis is from 0 to 100, and the value axis as the frame has it.

    Args:
        name: What is drawn, for the page.
        style: Its CSS classes.
        curve: A line without marks.
        points: Marked points.
        reference: A broken line.
        frame: Size and texts of the chart, with both ends of the value axis.
    """
    low, high = frame.low or 0.0, 100.0 if frame.high is None else frame.high
    rows, columns = ticks(low, high), ticks(0.0, 100.0)
    x = Scale(0.0, 100.0, LEFT + 6, frame.width - RIGHT - 6)
    y = Scale(rows[0], rows[-1], frame.height - BOTTOM, TOP)
    places = [(x(at), y(value)) for at, value in reference.places]
    at, value = reference.label
    label = max(x(at), text_width(reference.name)), y(value) + 16
    drawn = [whisker(x(one.x), y(one.y.low), y(one.y.high)) for one in points if one.y.has_interval]
    if curve:
        line = path([(x(at), y(value)) for at, value in curve])
        drawn.append(element("path", class_="line", d=line))
    drawn += [marker(style, x(one.x), y(one.y.value), one.note) for one in points]
    return picture(
        (frame.width, frame.height),
        frame.title,
        frame.description,
        y_axis(y, rows, LEFT, frame.width - RIGHT, frame.y_title),
        x_axis(x, columns, y.start, frame.x_title),
        element("path", class_="ceiling", d=path(places)),
        text(reference.name, *label, class_="quiet", text_anchor="end"),
        element("g", *drawn, class_=f"series {style}", data_name=name),
    )
