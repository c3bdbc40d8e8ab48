"""Shared parts of all charts: size and texts, axes, and labels at the ends of lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from nshot.eval.report.charts.scale import Scale, spread
from nshot.eval.report.charts.svg import element, path, text

TEXT_HEIGHT = 12
_CHARACTER = 0.56 * TEXT_HEIGHT
"""Average character width, on the wide side, so that labels do not overlap."""


class Mean(NamedTuple):
    """A value with its interval, in the displayed unit."""

    value: float
    low: float
    high: float

    @property
    def is_defined(self) -> bool:
        """Whether there is a value to draw."""
        return math.isfinite(self.value)

    @property
    def has_interval(self) -> bool:
        """Whether low and high are known and different."""
        return math.isfinite(self.low) and math.isfinite(self.high) and self.high > self.low


class Frame(NamedTuple):
    """Size and texts of a chart."""

    title: str
    description: str
    x_title: str = ""
    y_title: str = ""
    width: float = 720
    height: float = 400
    low: float | None = None
    """Fixed ends of the value axis, for charts that are shown side by side."""
    high: float | None = None


class End(NamedTuple):
    """The last point of a line, and its label."""

    name: str
    style: str
    """CSS classes."""
    x: float
    y: float


def text_width(content: str) -> float:
    """Approximate width of a label, in units of the picture.

    >>> text_width("hybrid") < text_width("masked-hybrid")
    True
    """
    return len(content) * _CHARACTER


def y_axis(scale: Scale, values: Sequence[float], left: float, right: float, title: str) -> str:
    """Grid lines with their values at the left and the title above."""
    lines = [
        element("line", class_="grid", x1=left, x2=right, y1=scale(value), y2=scale(value))
        + text(tick(value), left - 8, scale(value) + 4, class_="tick", text_anchor="end")
        for value in values
    ]
    return element("g", *lines, text(title, 0, scale.stop - 14, class_="axis-title"))


def x_axis(scale: Scale, values: Sequence[float], bottom: float, title: str) -> str:
    """Values below the plot, with the title centred below them."""
    marks = [
        element("line", class_="axis", x1=scale(value), x2=scale(value), y1=bottom, y2=bottom + 4)
        + text(tick(value), scale(value), bottom + 18, class_="tick", text_anchor="middle")
        for value in values
    ]
    middle = (scale.start + scale.stop) / 2
    title_text = text(title, middle, bottom + 36, class_="axis-title", text_anchor="middle") if title else ""
    line = element("line", class_="axis", x1=scale.start, x2=scale.stop, y1=bottom, y2=bottom)
    return element("g", line, *marks, title_text)


def tick(value: float) -> str:
    """A round value as text.

    >>> tick(20.0), tick(0.25), tick(1500.0), tick(-0.5)
    ('20', '0.25', '1,500', '−0.5')
    """
    return f"{value:,.6f}".rstrip("0").rstrip(".").replace("-", "−")


def end_labels(ends: Sequence[End], x: float, low: float, high: float) -> str:
    """Labels at the ends of lines; overlapping labels are moved apart and connected to their
    ends."""
    places = spread([end.y for end in ends], TEXT_HEIGHT + 3, low, high)
    drawn = []
    for end, y in zip(ends, places, strict=True):
        leader = path([(end.x + 7, end.y), (x - 6, y)])
        drawn.append(
            element(
                "g",
                element("path", class_="leader", d=leader),
                text(end.name, x, y + 4, class_="label"),
                class_=f"series {end.style}",
                data_name=end.name,
            )
        )
    return "".join(drawn)


def whisker(x: float, low: float, high: float) -> str:
    """A vertical interval."""
    return element("line", class_="whisker", x1=x, x2=x, y1=low, y2=high)
