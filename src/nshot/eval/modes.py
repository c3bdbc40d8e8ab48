"""The modes of judging an execution, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.eval.execution import classic, official, strict

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig, ModeName
    from nshot.eval.execution.pair import ResultPair
    from nshot.eval.execution.result import Match


class Mode(NamedTuple):
    """What a mode executes for a question, when two results are equal, and its other rules."""

    gold_text: Callable[[str, EvalConfig], str]
    """Gold -> the text that is executed for it."""
    candidates: Callable[[str, str, EvalConfig], Iterator[str]]
    """Prediction, gold -> the texts that are executed for it; the first that passes is enough."""
    match: Callable[[ResultPair], Match]
    text_errors: str
    """How text that is not UTF-8 is decoded, as in `bytes.decode`."""
    classic_exact_match: bool
    """Exact match is that of the older official program (taoyds/spider), not of the newer one."""
    causes: Mapping[str, str]
    """Why only this mode fails a prediction, in words, by the kind of mismatch."""
    compares_select_items: bool = False
    """Result columns are paired by parsed select items, so Spider's parser must read gold."""
    classic_layout: bool = False
    """The official layout counts parse errors, and prints predictions unchanged."""


MODES: Final[Mapping[ModeName, Mode]] = {
    "official": Mode(
        official.gold_text,
        official.candidates,
        official.match,
        text_errors="ignore",
        classic_exact_match=False,
        causes={"row order": "row order, which official compares wherever gold holds ORDER BY"},
    ),
    "classic": Mode(
        classic.gold_text,
        classic.candidates,
        classic.match,
        text_errors="strict",
        classic_exact_match=True,
        causes={
            "unparsable": "unparsable for classic",
            "row order": "row order, which classic always compares",
            "crash": "classic would crash",
        },
        compares_select_items=True,
        classic_layout=True,
    ),
    "strict": Mode(
        strict.gold_text,
        strict.candidates,
        strict.match,
        text_errors="surrogateescape",
        classic_exact_match=True,
        causes={
            "row order": "row order: gold orders its final result",
            "column order": "column order",
        },
    ),
}
