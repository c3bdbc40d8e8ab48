from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from nshot.eval.report.charts.bar_chart import Bar, bar_chart
from nshot.eval.report.charts.curve_chart import CurvePoint, Reference, curve_chart
from nshot.eval.report.charts.frame import Frame, Mean
from nshot.eval.report.charts.line_chart import Series, line_chart
from nshot.eval.report.charts.scatter import Dot, Path, scatter

NAN = float("nan")
HOSTILE = "</title><script>x</script> & \"quotes' \x00"
FRAME = Frame("EX by shots", "hybrid 50", "shots", "EX, %")
CURVE = [(0.0, 100.0), (50.0, 90.0), (100.0, 60.0)]
LEVEL = Reference("all", ((0.0, 60.0), (100.0, 60.0)), (100.0, 60.0))


def mean(value: float) -> Mean:
    return Mean(value, value - 5, value + 5)


def parsed(drawing: str) -> ElementTree.Element:
    """The drawing as XML without its namespace; fails where it is not well formed."""
    return ElementTree.fromstring(drawing.replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def words(drawing: str) -> list[str]:
    return [node.text or "" for node in parsed(drawing).iter("text")]


def lines(*names: str) -> list[Series]:
    return [
        Series(name, f"c{at + 1} circle", {k: mean(40 + at + k) for k in (1.0, 3.0, 5.0)})
        for at, name in enumerate(names)
    ]


DRAWINGS = {
    "lines": lambda name: line_chart(
        [*lines(name, "b"), Series("zero", "zero circle", {0: mean(30)})], FRAME
    ),
    "bars": lambda name: bar_chart([Bar(name, name, "c1 circle", mean(50), "50.0")], FRAME, ceiling=80),
    "scatter": lambda name: scatter([Path(name, "c1 circle", (Dot(400, mean(40), "1"),))], FRAME),
    "curve": lambda name: curve_chart(name, "c1 circle", CURVE, [], LEVEL._replace(name=name), FRAME),
}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_hostile_name_is_text_in_well_formed_xml(kind: str) -> None:
    drawing = DRAWINGS[kind](HOSTILE)
    shown = HOSTILE.replace("\x00", "\ufffd")
    assert shown in words(drawing)
    assert "<script" not in drawing
    assert {node.get("data-name") for node in parsed(drawing).iter("g")} >= {shown}


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_drawing_says_what_it_shows_to_those_who_do_not_see_it(kind: str) -> None:
    root = parsed(DRAWINGS[kind]("hybrid"))
    assert root.get("role") == "img"
    assert [node.text for node in root if node.tag in ("title", "desc")] == ["EX by shots", "hybrid 50"]


def test_every_line_is_drawn_and_named_at_its_end() -> None:
    names = [f"way-{at}" for at in range(9)]
    drawing = line_chart(lines(*names), FRAME)
    assert set(names) <= set(words(drawing))
    drawn = [node for node in parsed(drawing).iter("path") if node.get("class") == "line"]
    assert len(drawn) == 9
    marks = [node for node in parsed(drawing).iter("circle") if node.get("class") == "mark"]
    assert len(marks) == 27


@pytest.mark.parametrize("width", [900, 360])
def test_names_at_the_ends_of_lines_do_not_overlap(width: float) -> None:
    names = [f"way-{at}" for at in range(9)]
    root = parsed(line_chart(lines(*names), FRAME._replace(width=width)))
    labels = [node for node in root.iter("text") if node.get("class") == "label"]
    heights = sorted(float(node.get("y", "")) for node in labels)
    assert len(heights) == 9
    assert all(below - above >= 12 for above, below in pairwise(heights))
    assert all(float(node.get("x", "")) + 6 * len(node.text or "") <= width for node in labels)


def test_points_at_one_number_stand_side_by_side() -> None:
    root = parsed(line_chart(lines("a", "b", "c"), FRAME))
    places = [float(node.get("cx", "")) for node in root.iter("circle")]
    assert len(set(places)) == 9


def test_a_single_point_among_lines_goes_on_as_a_level() -> None:
    drawing = DRAWINGS["lines"]("hybrid")
    assert drawing.count('class="level"') == 1


def test_the_ceiling_is_drawn_and_named() -> None:
    assert "ceiling" in words(line_chart(lines("a"), FRAME, {1.0: 80, 3.0: 85, 5.0: 90}))
    assert "ceiling 80" in words(DRAWINGS["bars"]("a"))


def test_bars_are_as_long_as_their_values() -> None:
    bars = [Bar(str(value), "a", "c1", mean(value), str(value)) for value in (20, 40, 80)]
    rects = list(parsed(bar_chart(bars, FRAME)).iter("rect"))
    first, second, third = (float(rect.get("width", "")) for rect in rects)
    assert second == pytest.approx(2 * first, abs=0.02)
    assert third == pytest.approx(4 * first, abs=0.02)


def test_a_negative_bar_lies_left_of_zero() -> None:
    bars = [Bar("a", "a", "c1", Mean(-2, -3, -1), "−2"), Bar("b", "b", "c2", Mean(2, 1, 3), "2")]
    left, right = parsed(bar_chart(bars, FRAME)).iter("rect")
    zero = float(left.get("x", "")) + float(left.get("width", ""))
    assert zero == pytest.approx(float(right.get("x", "")), abs=0.02)


def test_labels_stand_above_the_bars_in_a_narrow_picture() -> None:
    bars = [Bar("a long way of picking", "a", "c1", mean(50), "50.0")]
    wide, narrow = (parsed(bar_chart(bars, FRAME._replace(width=width))) for width in (900, 360))
    assert float(next(wide.iter("rect")).get("x", "")) > 100
    bar = next(narrow.iter("rect"))
    label = next(node for node in narrow.iter("text") if node.get("class") == "label")
    assert float(bar.get("x", "")) < 10
    assert float(label.get("y", "")) < float(bar.get("y", ""))


@pytest.mark.parametrize(
    "drawing",
    [
        line_chart([Series("a", "c1", {1: Mean(NAN, NAN, NAN), 3: Mean(5, NAN, NAN)})], FRAME),
        line_chart([Series("a", "c1", {1: Mean(NAN, NAN, NAN)})], FRAME),
        line_chart([], FRAME),
        bar_chart([Bar("a", "a", "c1", Mean(NAN, NAN, NAN), "–")], FRAME),
        bar_chart([], FRAME),
        scatter([Path("a", "c1", (Dot(1, Mean(NAN, NAN, NAN), "1"),))], FRAME),
        scatter([], FRAME),
    ],
)
def test_what_is_undefined_is_not_drawn(drawing: str) -> None:
    assert "nan" not in drawing.lower()
    assert not list(parsed(drawing).iter("rect"))


def test_a_scatter_holds_every_point_with_its_number_of_shots() -> None:
    dots = tuple(Dot(400.0 * k, mean(40 + k), str(k)) for k in (1, 3, 5))
    found = words(scatter([Path("a", "c1", dots), Path("b", "c2", dots[:1])], FRAME))
    marks = [word for word in found if word in ("1", "3", "5")]
    assert sorted(marks) == ["1", "1", "3", "5"]
    assert {"a", "b"} <= set(found)


@pytest.mark.parametrize("width", [520, 360])
def test_a_curve_its_marks_and_its_level_lie_on_one_scale(width: float) -> None:
    frame = FRAME._replace(width=width, low=50, high=100)
    marks = [CurvePoint(50, mean(90), "half"), CurvePoint(100, Mean(60, 60, 60), "all of them")]
    root = parsed(curve_chart("run", "c1 circle", CURVE, marks, LEVEL, frame))
    drawn = {node.get("class"): node.get("d", "") for node in root.iter("path")}
    ends = [tuple(map(float, re.findall(r"[\d.]+", drawn[kind])[-2:])) for kind in ("line", "ceiling")]
    half, last = ((float(one.get("cx", "")), float(one.get("cy", ""))) for one in root.iter("circle"))
    assert ends == [pytest.approx(last, abs=0.1)] * 2
    assert half[0] < last[0] <= width
    assert half[1] < last[1]
    assert [node.get("class") for node in root.iter("line")].count("whisker") == 1
