"""The text that Spider's official evaluation programs print, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nshot.eval.config import EvalConfig
from nshot.eval.modes import MODES
from nshot.eval.spider import COMPONENTS, suite_text
from nshot.eval.summary import LEVELS, Level, summarise
from nshot.types import Verdict

ETYPES: Final = ("all", "match", "exec")

_TABLES: Final[tuple[tuple[str, str], ...]] = (
    ("\n---------------------PARTIAL MATCHING ACCURACY----------------------", "accuracy"),
    ("---------------------- PARTIAL MATCHING RECALL ----------------------", "recall"),
    ("---------------------- PARTIAL MATCHING F1 --------------------------", "f1"),
)


def official_layout(verdicts: Sequence[Verdict], config: EvalConfig, etype: str = "all") -> str:
    """The whole output: rows whose exact match fails, then the table.

    Args:
        verdicts: The verdicts to print.
        config: The mode, which decides the layout.
        etype: `all`, `match` (no execution) or `exec` (no exact match).
    """
    summary = summarise(verdicts)
    classic = MODES[config.mode].classic_layout
    lines = list(_rows(verdicts, classic=classic, failures=etype != "exec"))
    lines += _table(summary.levels, etype)
    return "".join(f"{line}\n" for line in lines)


def _rows(verdicts: Sequence[Verdict], *, classic: bool, failures: bool) -> Iterator[str]:
    """The lines that are printed while the rows are judged."""
    unread = 0
    for verdict in verdicts:
        predicted = verdict.predicted
        if classic and verdict.parse_error:
            unread += 1
            yield f"eval_err_num:{unread}"
        if failures and not verdict.em:
            yield f"{verdict.hardness} pred: {predicted if classic else suite_text(predicted)}"
            yield f"{verdict.hardness} gold: {verdict.gold}"
            yield ""


def _table(levels: Sequence[Level], etype: str) -> Iterator[str]:
    yield _line("", LEVELS)
    yield _line("count", [str(level.count) for level in levels])
    if etype != "match":
        yield "=====================   EXECUTION ACCURACY     ====================="
        yield _line("execution", [_score(_rate(level.ex.hits, level.count)) for level in levels])
    if etype != "exec":
        yield "\n====================== EXACT MATCHING ACCURACY ====================="
        yield _line("exact match", [_score(_rate(level.em.hits, level.count)) for level in levels])
        for head, measure in _TABLES:
            yield head
            for component in COMPONENTS:
                yield _line(
                    component, [_score(getattr(level.partial[component], measure)) for level in levels]
                )


def _rate(hits: int, count: int) -> float:
    return hits / count if count else 0.0


def _score(value: float) -> str:
    return f"{value:.3f}"


def _line(label: str, cells: Sequence[str]) -> str:
    return " ".join(f"{cell:20}" for cell in (label, *cells))
