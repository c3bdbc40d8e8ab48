"""`report.html`: the page, one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from nshot.eval.comparison import Comparison
from nshot.eval.report import drill_down, figures, payload, tables
from nshot.eval.report.board import Board
from nshot.eval.report.charts.svg import marker, replace_unprintable
from nshot.eval.report.confidence import confidence_figures, confidence_tables
from nshot.eval.report.guide import guide_of
from nshot.eval.report.wording import facts, heading, interval, number, plural, probability, wording

if TYPE_CHECKING:
    from jinja2 import Template


def to_html(comparison: Comparison) -> str:
    """The page. All text from outside is escaped, and the page's policy allows only its own
    script."""
    script = _source("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    board = Board(comparison)
    return _template().render(
        comparison=comparison,
        css=_source("page.css"),
        script=script,
        script_hash=f"sha256-{digest}",
        board=board,
        styles=figures.styles(board.names),
        guide=guide_of(comparison.info),
        facts=facts(comparison.info),
        glance=_glance(board),
        subtitle=_subtitle(board),
        confidence_figures=confidence_figures(comparison),
        confidence_tables=confidence_tables(comparison),
        **_draw_charts(board),
        **_make_tables(board),
        **_cases(comparison),
    )


def _draw_charts(board: Board) -> dict[str, Any]:
    primary = board.primary
    if not primary:
        return {"main": [], "score_panels": [], "k_panels": [], "hardness_panels": []}
    main = [figures.by_k(board, primary)]
    if board.with_model:
        main += [figures.score_bars(board, primary), figures.cost(board, primary)]
    return {
        "main": [figure for figure in main if figure is not None],
        "score_panels": [] if board.with_model else figures.score_panels(board),
        "k_panels": [] if board.with_model else figures.by_k_panels(board),
        "hardness_panels": figures.hardness_panels(board, primary),
    }


def _make_tables(board: Board) -> dict[str, Any]:
    return {
        "scoreboards": tables.scoreboards(board),
        "contrasts": tables.contrasts(board.comparison),
        "hardness": tables.by_hardness(board, board.primary),
        "database": tables.by_database(board, board.primary),
        "correlations": tables.correlations(board.comparison),
        "mistakes": tables.mistakes(board.comparison),
    }


def _cases(comparison: Comparison) -> dict[str, Any]:
    pair = drill_down.first_pair(comparison)
    if pair is None:
        return {"pair": None, "said": drill_down.ANSWER_WORDS}
    packed, prompts = payload.pack(comparison)
    places = [f"s{comparison.systems.index(system)}" for system in pair]
    return {
        "pair": pair,
        "said": drill_down.EXAMPLE_WORDS if comparison.of_examples else drill_down.ANSWER_WORDS,
        "places": places,
        "choices": drill_down.choices(comparison),
        "short_list": drill_down.short_list(comparison, *pair),
        "short_list_length": drill_down.SHORT_LIST,
        "packed": packed,
        "prompts": prompts,
    }


def _glance(board: Board) -> list[tuple[str, str, str]]:
    """The main numbers at the top of the page: (label, number, details)."""
    measure = board.primary
    unit = wording(measure).unit
    cells = {line: board.cell(line, measure) for line in board.lines_with([measure])} if measure else {}
    known = {line: cell for line, cell in cells.items() if cell is not None and cell.value == cell.value}
    if not known:
        return []
    best = max(known, key=lambda line: known[line].value)
    where = best.label if board.with_model else f"{best.name} at k = {best.k}"
    sign = f" {unit}" if unit else ""
    found = [
        (
            f"highest {wording(measure).title}",
            number(known[best].value, unit) + sign,
            "; ".join(filter(None, (where, interval(known[best], unit)))),
        )
    ]
    for contrast in board.comparison.contrasts:
        system = contrast.system
        if (system.name, system.shots) == best and contrast.measure.partition("@")[0] == measure:
            points = "points" if unit == "%" else unit
            said = number(contrast.difference.value, unit, signed=True)
            more = f"{contrast.baseline.label}; p (Holm) {probability(contrast.p_holm)}"
            found.append(("against its baseline", f"{said} {points}".rstrip(), more))
            break
    if (ceiling := board.ceiling(measure, best.k)) is not None:
        found.append(
            ("ceiling of the pool", number(ceiling, unit) + sign, f"{heading(measure)} at k = {best.k}")
        )
    found.append(
        ("asked", plural(board.questions(), "question"), f"{plural(len(board.names), 'way')} of picking")
    )
    return found


def _subtitle(board: Board) -> str:
    info = board.comparison.info
    parts = [plural(board.questions(), "question")]
    if board.databases():
        parts.append(plural(len(board.databases()), "database"))
    parts.append(plural(len(board.comparison.systems), "system"))
    if info.get("date"):
        parts.append(_minute(str(info["date"])))
    return " · ".join(parts)


def _minute(date: str) -> str:
    """An ISO date to the minute; any other text unchanged."""
    try:
        return f"{datetime.fromisoformat(date):%Y-%m-%d %H:%M}" if "T" in date else date
    except ValueError:
        return date


def swatch(style: str) -> str:
    """A strategy's point, for the legend and the tables."""
    drawn = marker(style, 6, 6, "").replace("<title></title>", "")
    return f'<svg class="swatch series {style}" viewBox="0 0 12 12" aria-hidden="true">{drawn}</svg>'


def _source(name: str) -> str:
    return files("nshot.eval.report").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_printable
    )
    environment.filters["raw"] = Markup
    environment.globals["swatch"] = swatch
    return environment.from_string(_source("page.html.jinja"))


def _printable(value: object) -> object:
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return replace_unprintable(value)
    return value
