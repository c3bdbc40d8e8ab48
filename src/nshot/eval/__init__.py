"""Predictions and gold in, verdicts out; retrieval measures, statistics, and the report of a comparison.

`Evaluator` judges SQL by Spider's two official programs or by the stricter mode of our own
(`spider/`, `execution/`); `mistakes/` says what differs in a wrong answer; `measures/` says how good
retrieved examples are without any model; `statistics/` says how sure we are; `comparison` holds what an
experiment found, and `report/` writes it.

Reads predictions and never makes them: knows nothing of indexes, strategies, prompts or models.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.evaluator import Evaluator

_HOMES = {"EvalConfig": "config", "Evaluator": "evaluator"}

__all__ = ["EvalConfig", "Evaluator"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
