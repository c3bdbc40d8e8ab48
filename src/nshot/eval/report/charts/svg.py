"""SVG elements as text; all text from outside is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow."""


def replace_unprintable(text: str) -> str:
    """The text with a replacement character for each character that XML does not allow."""
    return _UNPRINTABLE.sub("\ufffd", text)


def clean(text: str) -> str:
    """Escape text for the content of an element.

    >>> clean("a < b \\x00")
    'a &lt; b \ufffd'
    """
    return escape(replace_unprintable(text))


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """An element. Children are SVG already; in attribute names, `_` becomes `-` and a final `_` is
    dropped.

    >>> element("g", element("line", x1=0, y1=1.5), class_="grid")
    '<g class="grid"><line x1="0" y1="1.5"/></g>'
    """
    written = "".join(
        f" {name.rstrip('_').replace('_', '-')}={_attribute(value)}" for name, value in attributes.items()
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: float, y: float, **attributes: str | float) -> str:
    """A line of text."""
    return element("text", clean(content), x=x, y=y, **attributes)


def tooltip(content: str) -> str:
    """The tooltip of an element, which screen readers also read."""
    return element("title", clean(content))


def picture(size: tuple[float, float], title: str, description: str, *children: str) -> str:
    """A whole drawing, `size` wide and high in its own units; the page scales it."""
    width, height = size
    return element(
        "svg",
        tooltip(title),
        element("desc", clean(description)),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=f"{title}. {description}",
    )


def marker(style: str, x: float, y: float, content: str) -> str:
    """A point whose shape is the last class name of its style, such as `c3 square`."""
    shape = style.rpartition(" ")[2]
    inside = tooltip(content)
    if shape not in _SHAPES:
        return element("circle", inside, class_="mark", cx=x, cy=y, r=4)
    return element("path", inside, class_="mark", d=_SHAPES[shape](x, y))


def path(points: list[tuple[float, float]]) -> str:
    """The `d` attribute of straight lines through the points."""
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in points)


def _attribute(value: str | float) -> str:
    return quoteattr(replace_unprintable(value) if isinstance(value, str) else f"{round(value, 2):g}")


def _square(x: float, y: float) -> str:
    return path([(x - 3.6, y - 3.6), (x + 3.6, y - 3.6), (x + 3.6, y + 3.6), (x - 3.6, y + 3.6)]) + "Z"


def _diamond(x: float, y: float) -> str:
    return path([(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]) + "Z"


def _triangle(x: float, y: float) -> str:
    return path([(x, y - 4.8), (x + 4.8, y + 3.8), (x - 4.8, y + 3.8)]) + "Z"


def _wedge(x: float, y: float) -> str:
    return path([(x, y + 4.8), (x + 4.8, y - 3.8), (x - 4.8, y - 3.8)]) + "Z"


_SHAPES: Final[Mapping[str, Callable[[float, float], str]]] = {
    "square": _square,
    "diamond": _diamond,
    "triangle": _triangle,
    "wedge": _wedge,
}
SHAPES: Final = ("circle", *_SHAPES)
"""Names that may end a style; any other is drawn as a circle."""
