"""Draws docs/pictures/own-pairs.svg from the tables of docs/results/own-database.md: `make
pictures`, or `python tools/draw_own_pairs.py`.

Each table under a heading with `{picture}` in a comment below it becomes a group of bars, with the
intervals of the table.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
PAGE: Final = DOCS / "results" / "own-database.md"
PICTURE: Final = DOCS / "pictures" / "own-pairs.svg"
_MARK: Final = re.compile(r"<!-- picture: (.+) -->\n\n((?:\|.*\n)+)")
_SHARE: Final = re.compile(r"([\d.]+) ?% \[([\d.]+) ?%, ([\d.]+) ?%\]")
WIDTH, LEFT, RIGHT, ROW = 760, 250, 70, 26
STYLE: Final = """\
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: #1b1f24 }
.title { font-weight: 600 } .quiet { fill: #59636e }
.bar { fill: #9fb4c7 } .best { fill: #0072b2 } .end { stroke: #1b1f24; stroke-width: 1.25 }
.paper { fill: #ffffff }
@media (prefers-color-scheme: dark) {
  text { fill: #e7eaee } .quiet { fill: #a0aab5 } .paper { fill: #14171b }
  .bar { fill: #4a5b6b } .best { fill: #58aef0 } .end { stroke: #e7eaee }
}"""


class Share(NamedTuple):
    """One row of a table, in percent."""

    way: str
    value: float
    low: float
    high: float


def main() -> None:
    """Write the picture."""
    groups = read(PAGE.read_text(encoding="utf-8"))
    if not groups:
        raise SystemExit(f"{PAGE} has no table below a comment <!-- picture: TITLE -->")
    PICTURE.write_text(draw(groups), encoding="utf-8")
    print(PICTURE)


def read(page: str) -> list[tuple[str, list[Share]]]:
    """The marked tables: title and rows."""
    groups = []
    for title, table in _MARK.findall(page):
        rows = []
        for line in table.splitlines()[2:]:
            cells = [cell.strip(" *") for cell in line.strip("|").split("|")]
            found = next((match for cell in cells if (match := _SHARE.search(cell))), None)
            if found is not None:
                rows.append(Share(cells[0], *map(float, found.groups())))
        groups.append((title, rows))
    return groups


def draw(groups: list[tuple[str, list[Share]]]) -> str:
    """The picture as SVG, in the colours of the reader's theme."""
    parts, top = [], 14
    for title, rows in groups:
        parts.append(f'<text class="title" x="8" y="{top + 14}">{escape(title)}</text>')
        top += 26
        best = max(row.value for row in rows)
        for row in rows:
            parts += _bar(row, top, best=row.value == best)
            top += ROW
        top += 18
    said = "; ".join(
        f"{title}: " + ", ".join(f"{r.way} {r.value:g} %" for r in rows) for title, rows in groups
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img" width="{WIDTH}">\n'
        f"<title>Right answers by way of using your own pairs</title>\n<desc>{escape(said)}</desc>\n"
        f'<style>{STYLE}</style>\n<rect class="paper" width="{WIDTH}" height="{top}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _bar(row: Share, top: int, *, best: bool) -> list[str]:
    wide = WIDTH - LEFT - RIGHT
    value, low, high = (round(LEFT + wide * share / 100, 1) for share in row[1:])
    middle = top + ROW // 2 - 2
    return [
        f'<text x="{LEFT - 10}" y="{middle + 5}" text-anchor="end">{escape(row.way)}</text>',
        f'<rect class="{"best" if best else "bar"}" x="{LEFT}" y="{top + 2}" width="{value - LEFT:.1f}" '
        f'height="{ROW - 9}" rx="2"/>',
        f'<line class="end" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>',
        f'<text x="{WIDTH - RIGHT + 8}" y="{middle + 5}">{row.value:.1f} %</text>',
    ]


if __name__ == "__main__":
    main()
