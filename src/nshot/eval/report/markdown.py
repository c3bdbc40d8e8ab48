"""`report.md`: the set-up and the results in GitHub's Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nshot.eval.comparison import Comparison
from nshot.eval.report import tables
from nshot.eval.report.board import Board
from nshot.eval.report.confidence import confidence_tables
from nshot.eval.report.guide import guide_of
from nshot.eval.report.tables import ReportCell, ReportTable
from nshot.eval.report.wording import facts, number, plural, split_measure, wording


def to_markdown(comparison: Comparison) -> str:
    """The report; text from outside is escaped, so that it neither breaks a table nor becomes
    HTML."""
    return "\n".join(_parts(comparison)).rstrip() + "\n"


def escape(text: str) -> str:
    """Escape text so that Markdown shows it unchanged, on one line.

    >>> escape("a|b <i>*x*</i>")
    'a\\\\|b &lt;i&gt;\\\\*x\\\\*&lt;/i&gt;'
    """
    flat = re.sub(r"\s+", " ", text)
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", flat)


def _parts(comparison: Comparison) -> Iterator[str]:
    board = Board(comparison)
    yield f"# {escape(comparison.title)}\n"
    yield f"{plural(board.questions(), 'question')}, {plural(len(comparison.systems), 'system')}.\n"
    yield "## Set-up\n"
    yield from (f"- {escape(name)}: {escape(text)}" for name, text in facts(comparison.info))
    yield "\n## Scoreboard\n"
    for table in tables.scoreboards(board):
        yield from _table(table)
    yield from _ceiling(comparison)
    if found := confidence_tables(comparison):
        yield "## Confidence\n"
        for table in found:
            yield from _table(table)
    if comparison.contrasts:
        yield "## Contrasts\n"
        for table in tables.contrasts(comparison):
            yield from _table(table)
    for title, shown in (
        ("By hardness", tables.by_hardness(board, board.primary)),
        ("By database", tables.by_database(board, board.primary)),
        ("Do measures without a model predict the outcome?", tables.correlations(comparison)),
        ("Classes of mistakes", tables.mistakes(comparison)),
    ):
        if shown is not None:
            yield f"## {title}\n"
            yield from _table(shown)
    yield "## How to read this\n"
    yield from (f"- **{name}.** {text}" for name, text in guide_of(comparison.info))


def _ceiling(comparison: Comparison) -> Iterator[str]:
    if not comparison.ceiling:
        return
    yield "Ceiling: the best possible choice from the pool would reach\n"
    for measure, value in comparison.ceiling.items():
        name, _ = split_measure(measure)
        unit = wording(name).unit
        shown = number(value, unit) + (f" {unit}" if unit else "")
        yield f"- {escape(measure)}: {shown}"
    yield ""


def _table(table: ReportTable) -> Iterator[str]:
    yield f"**{escape(table.caption)}**\n"
    yield "| " + " | ".join(escape(name) for name in table.head) + " |"
    yield "|" + "|".join("---" if at < table.texts else "---:" for at in range(len(table.head))) + "|"
    for row in table.rows:
        yield "| " + " | ".join(map(_cell, row)) + " |"
    yield ""


def _cell(cell: ReportCell) -> str:
    text = f"**{escape(cell.text)}**" if cell.strong else escape(cell.text)
    return f"{text} ({escape(cell.note)})" if cell.note else text
