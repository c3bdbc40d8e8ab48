"""The ways to judge an execution, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from nshot.eval.execution import classic, official, strict

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig, ModeName
    from nshot.eval.execution.pair import Pair
    from nshot.eval.execution.result import Match


class Mode(NamedTuple):
    """What is executed for a question, and when two results are the same."""

    gold_text: Callable[[str, EvalConfig], str]
    """Gold -> the text that is executed for it."""
    candidates: Callable[[str, str, EvalConfig], Iterator[str]]
    """Prediction, gold -> the texts that are executed for it; the first that passes is enough."""
    match: Callable[[Pair], Match]
    text_errors: str
    """What becomes of text that is not UTF-8, as in `bytes.decode`."""


MODES: Final[Mapping[ModeName, Mode]] = {
    "official": Mode(official.gold_text, official.candidates, official.match, "ignore"),
    "classic": Mode(classic.gold_text, classic.candidates, classic.match, "strict"),
    "strict": Mode(strict.gold_text, strict.candidates, strict.match, "surrogateescape"),
}
