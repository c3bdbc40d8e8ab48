"""Grids of runs: compare strategies and numbers of shots, with or without a model, with statistics.

This is the only package that uses both what makes predictions and what judges them. It has no
measures, statistics or pages of its own: it runs the grid, stores what was computed, and passes it
to `nshot.eval`. It knows nothing of how a measure is computed or drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.experiments.cached_engine import CachedEngine
    from nshot.experiments.calibration import CalibrationResult, calibrate, read_rated
    from nshot.experiments.databases_kept import update_fingerprints
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
    "CalibrationResult": "calibration",
    "ComparisonPlan": "plan",
    "CompletionStore": "store",
    "EXAMINED": "scoreboard",
    "Grid": "grid",
    "Judging": "outcomes",
    "ReadingEngine": "reading_engine",
    "RunConfig": "run_config",
    "calibrate": "calibration",
    "compare_answers": "outcomes",
    "compare_examples": "scoreboard",
    "parse_shots": "grid",
    "parse_strategies": "grid",
    "read_rated": "calibration",
    "stratify": "sample",
    "update_fingerprints": "databases_kept",
}

__all__ = [
    "ANSWERED",
    "EXAMINED",
    "CachedEngine",
    "CalibrationResult",
    "ComparisonPlan",
    "CompletionStore",
    "Grid",
    "Judging",
    "ReadingEngine",
    "RunConfig",
    "calibrate",
    "compare_answers",
    "compare_examples",
    "parse_shots",
    "parse_strategies",
    "read_rated",
    "stratify",
    "update_fingerprints",
]

__getattr__ = find_lazily(__name__, _HOMES)
