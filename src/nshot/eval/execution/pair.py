"""What a mode gets to compare: a prediction and gold with their results on one database file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.execution.result import ResultRows


class ResultPair(NamedTuple):
    gold_text: str
    """What was executed for gold."""
    predicted_text: str
    gold: ResultRows
    """All rows."""
    predicted: ResultRows
    """All rows, or one more than gold has where there are more."""
    config: EvalConfig
    run: Callable[[str], ResultRows | None]
    """Further SQL on the same database file; None where it does not run."""
    select_keys: Callable[[str], Any]
    """Keys of the select items as Spider's first evaluation forms them; see `SpiderJudge.select_keys`."""
