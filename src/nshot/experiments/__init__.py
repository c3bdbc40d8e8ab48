"""Grids of runs: which strategy, which number of shots, with which model, and how sure are we.

The only place that sees both what makes predictions and what judges them. Holds no measure, no
statistic and no page of its own: it runs the grid, keeps what was computed, and hands it to `nshot.eval`.
Knows nothing of how a measure is taken or drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.experiments.cached_engine import CachedEngine
    from nshot.experiments.grid import Grid, parse_shots, parse_strategies
    from nshot.experiments.outcomes import ANSWERED, Judging, compare_answers
    from nshot.experiments.plan import ComparisonPlan
    from nshot.experiments.reading_engine import ReadingEngine
    from nshot.experiments.run_config import RunConfig
    from nshot.experiments.sample import stratify
    from nshot.experiments.scoreboard import EXAMINED, compare_examples
    from nshot.experiments.store import CompletionStore

_HOMES = {
    "ANSWERED": "outcomes",
    "CachedEngine": "cached_engine",
    "ComparisonPlan": "plan",
    "CompletionStore": "store",
    "EXAMINED": "scoreboard",
    "Grid": "grid",
    "Judging": "outcomes",
    "ReadingEngine": "reading_engine",
    "RunConfig": "run_config",
    "compare_answers": "outcomes",
    "compare_examples": "scoreboard",
    "parse_shots": "grid",
    "parse_strategies": "grid",
    "stratify": "sample",
}

__all__ = [
    "ANSWERED",
    "EXAMINED",
    "CachedEngine",
    "ComparisonPlan",
    "CompletionStore",
    "Grid",
    "Judging",
    "ReadingEngine",
    "RunConfig",
    "compare_answers",
    "compare_examples",
    "parse_shots",
    "parse_strategies",
    "stratify",
]

__getattr__ = find_lazily(__name__, _HOMES)
