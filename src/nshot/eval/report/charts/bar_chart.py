"""A horizontal bar chart of means with their intervals, starting at zero. ROW, TALL_ROW, THICK,
TOP, BOTTOM> Heights of a row, of a row with its label above the bar, of a bar, and of the margins
above and below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nshot.eval.report.charts.frame import Frame, Mean, text_width, x_axis
from nshot.eval.report.charts.scale import Scale, span, ticks
from nshot.eval.report.charts.svg import element, picture, text, tooltip

ROW, TALL_ROW, THICK, TOP, BOTTOM = 22, 36, 12, 18, 42
"""Heights of a line, of one with its label above the bar, of a bar, and of the room above and
below.
"""
STACKED_BELOW = 480
"""Pictures narrower than this have the labels above the bars."""


class Bar(NamedTuple):
    """One bar."""

    label: str
    name: str
    """Name of the strategy, for highlighting."""
    style: str
    mean: Mean
    shown: str
    """The value as text, written at the right."""


def bar_chart(bars: Sequence[Bar], frame: Frame, ceiling: float | None = None) -> str:
    """The chart; its height follows from the number of bars, not from the frame.

    Labels are to the left of the bars; in a narrow picture they are above them.

    Args:
        bars: From top to bottom; an undefined value keeps its row without a bar.
        frame: Width and texts of the chart.
        ceiling: The highest value that can be reached, drawn as a vertical line.
    """
    stacked = frame.width < STACKED_BELOW
    left = 4 if stacked else 10 + max((text_width(bar.label) for bar in bars), default=0)
    row = TALL_ROW if stacked else ROW
    column = 14 + max((text_width(bar.shown) for bar in bars), default=0)
    means = [bar.mean for bar in bars if bar.mean.is_defined]
    ends = [end for mean in means for end in (mean.low, mean.high, mean.value)]
    low, high = span(ends, 0.0, *(() if ceiling is None else (ceiling,)))
    values = ticks(low if frame.low is None else frame.low, high if frame.high is None else frame.high)
    x = Scale(values[0], values[-1], left, frame.width - column)
    top = TOP if ceiling is None else TOP + 10
    bottom = top + row * len(bars) + 4
    grid = [element("line", class_="grid", x1=x(v), x2=x(v), y1=top - 2, y2=bottom) for v in values]
    rows = [_row(bar, x, (top + row * at, row), frame.width) for at, bar in enumerate(bars)]
    return picture(
        (frame.width, bottom + BOTTOM),
        frame.title,
        frame.description,
        element("g", *grid),
        *rows,
        x_axis(x, values, bottom, frame.x_title),
        "" if ceiling is None else _ceiling(ceiling, x, top, bottom),
    )


def _row(bar: Bar, x: Scale, place: tuple[float, float], width: float) -> str:
    top, height = place
    middle = top + height - ROW / 2
    if height > ROW:
        label = text(bar.label, x.start, top + 12, class_="label")
    else:
        label = text(bar.label, x.start - 8, middle + 4, class_="label", text_anchor="end")
    drawn = [
        tooltip(f"{bar.label}: {bar.shown}"),
        label,
        text(bar.shown, width - 2, middle + 4, class_="label value", text_anchor="end"),
    ]
    if bar.mean.is_defined:
        ends = sorted((x(0), x(bar.mean.value)))
        drawn.append(
            element(
                "rect", class_="bar", x=ends[0], y=middle - THICK / 2, width=ends[1] - ends[0], height=THICK
            )
        )
        if bar.mean.has_interval:
            low, high = x(bar.mean.low), x(bar.mean.high)
            drawn.append(element("line", class_="whisker", x1=low, x2=high, y1=middle, y2=middle))
            drawn += [
                element("line", class_="whisker", x1=end, x2=end, y1=middle - 3, y2=middle + 3)
                for end in (low, high)
            ]
    return element("g", *drawn, class_=f"series {bar.style}", data_name=bar.name)


def _ceiling(value: float, x: Scale, top: float, bottom: float) -> str:
    near_end = x(value) > (x.start + x.stop) / 2
    return element(
        "g",
        element("line", class_="ceiling", x1=x(value), x2=x(value), y1=top - 4, y2=bottom),
        text(
            f"ceiling {value:.3g}",
            x(value) + (4 if near_end else -4),
            top - 8,
            class_="label quiet",
            text_anchor="end" if near_end else "start",
        ),
    )
