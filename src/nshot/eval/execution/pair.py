"""The input of a mode's comparison: prediction and gold with their results on one database file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.execution.result import ResultRows


class ResultPair(NamedTuple):
    gold_text: str
    """The text that was executed for gold."""
    predicted_text: str
    gold: ResultRows
    """All rows."""
    predicted: ResultRows
    """All rows; if there are more than gold has, only one more was read."""
    config: EvalConfig
    run: Callable[[str], ResultRows | None]
    """Executes further SQL on the same database file; returns None if it does not run."""
    select_keys: Callable[[str], Any]
    """Keys of the select items as in Spider's first evaluation; see `SpiderJudge.select_keys`."""
