"""A line chart of means with intervals over a number such as the shots; one line per strategy.
TOP, BOTTOM, LEFT> Margins of the plot, in units of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nshot.eval.report.charts.frame import End, Frame, Mean, end_labels, text_width, whisker, x_axis, y_axis
from nshot.eval.report.charts.scale import Scale, span, ticks
from nshot.eval.report.charts.svg import element, marker, path, picture

TOP, BOTTOM, LEFT = 34, 46, 38
"""Room around the plot, in units of the picture."""
CROWD = 0.07
"""Largest share of the picture's width over which the points at one number are spread."""


class Series(NamedTuple):
    """One line."""

    name: str
    style: str
    """CSS classes; the last may name the shape of its points."""
    points: Mapping[float, Mean]
    """The values by the number on the x axis."""


def line_chart(series: Sequence[Series], frame: Frame, ceiling: Mapping[float, float] | None = None) -> str:
    """The chart, with names at the right ends of the lines.

    Points at the same number are drawn side by side, so that intervals do not hide each other. A
    line with a single point among longer lines is a reference level and is extended to the right.
    The value axis does not have to begin at zero.

    Args:
        series: The lines; undefined points are left out.
        frame: Size and texts of the chart.
        ceiling: The highest value that can be reached, by the number on the x axis.
    """
    series = [one._replace(points=_keep_defined(one.points)) for one in series]
    series = [one for one in series if one.points]
    values, x, y = _scales(series, frame, ceiling or {})
    right = frame.width - _margin(series)
    several = len(_along(series)) > 1
    lines, ends = [], []
    for one, shift in zip(series, _shifts(series, frame), strict=True):
        last = max(one.points)
        level = y(one.points[last].value)
        lines.append(_line(one, frame, x, y, shift))
        end = End(one.name, one.style, x(last) + shift, level)
        if several and len(one.points) == 1:
            lines.append(_level(one, path([(end.x, level), (right, level)])))
            end = end._replace(x=right - 6)
        ends.append(end)
    if ceiling:
        ends.append(End("ceiling", "limit", right - 6, y(ceiling[max(ceiling)])))
    return picture(
        (frame.width, frame.height),
        frame.title,
        frame.description,
        y_axis(y, values, LEFT, right, frame.y_title),
        x_axis(x, _along(series), y.start, frame.x_title),
        _ceiling(ceiling or {}, x, y, right),
        *lines,
        end_labels(ends, right + 16, TOP, y.start),
    )


def _shifts(series: Sequence[Series], frame: Frame) -> list[float]:
    """Horizontal offset of each line; a line that shares no number with another is not moved."""
    crowd = [one.name for one in series if _shares(one, series)]
    step = min(6.0, CROWD * frame.width / max(len(crowd), 1))
    place = {name: (at - (len(crowd) - 1) / 2) * step for at, name in enumerate(crowd)}
    return [place.get(one.name, 0.0) for one in series]


def _shares(one: Series, series: Sequence[Series]) -> bool:
    return any(one.points.keys() & other.points.keys() for other in series if other is not one)


def _level(one: Series, line: str) -> str:
    drawn = element("path", class_="level", d=line)
    return element("g", drawn, class_=f"series {one.style}", data_name=one.name)


def _keep_defined(points: Mapping[float, Mean]) -> dict[float, Mean]:
    return {at: mean for at, mean in points.items() if mean.is_defined}


def _along(series: Sequence[Series]) -> list[float]:
    return sorted({at for one in series for at in one.points})


def _margin(series: Sequence[Series]) -> float:
    return 24 + max((text_width(one.name) for one in series), default=0)


def _scales(
    series: Sequence[Series], frame: Frame, ceiling: Mapping[float, float]
) -> tuple[list[float], Scale, Scale]:
    means = [mean for one in series for mean in one.points.values()]
    ends = [end for mean in means for end in ((mean.low, mean.high) if mean.has_interval else (mean.value,))]
    low, high = span((*ends, *ceiling.values()))
    values = ticks(low if frame.low is None else frame.low, high if frame.high is None else frame.high)
    first, last = span(_along(series))
    if first == last:
        first, last = first - 1, last + 1
    pad = 10 + max(map(abs, _shifts(series, frame)), default=0.0)
    x = Scale(first, last, LEFT + pad, frame.width - _margin(series) - pad)
    return values, x, Scale(values[0], values[-1], frame.height - BOTTOM, TOP)


def _line(one: Series, frame: Frame, x: Scale, y: Scale, shift: float) -> str:
    points = [(x(at) + shift, mean, at) for at, mean in sorted(one.points.items())]
    intervals = [whisker(place, y(mean.low), y(mean.high)) for place, mean, _ in points if mean.has_interval]
    marks = [
        marker(one.style, place, y(mean.value), _tell_point(one.name, at, mean, frame))
        for place, mean, at in points
    ]
    line = element("path", class_="line", d=path([(place, y(mean.value)) for place, mean, _ in points]))
    return element("g", *intervals, line, *marks, class_=f"series {one.style}", data_name=one.name)


def _tell_point(name: str, at: float, mean: Mean, frame: Frame) -> str:
    said = f"{name}, {frame.x_title or 'at'} {at:g}: {frame.y_title} {mean.value:.3g}"
    return f"{said} ({mean.low:.3g} to {mean.high:.3g})" if mean.has_interval else said


def _ceiling(ceiling: Mapping[float, float], x: Scale, y: Scale, right: float) -> str:
    if not ceiling:
        return ""
    points = [(x(at), value) for at, value in sorted(ceiling.items())]
    ends = [(LEFT, points[0][1]), *points, (right, points[-1][1])]
    return element("path", class_="ceiling", d=path([(place, y(value)) for place, value in ends]))
