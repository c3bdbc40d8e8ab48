"""Measures of retrieved examples without a model.

`Measure("skeleton_match", 3)` prints `skeleton_match@3` and is parsed from it (`parse_measure`).
`RetrievalJudge` is created once for a pool and computes all measures of a question in one call; its
`ceiling` is the best value that any choice from the pool could reach. MEASURES is the table;
docs/measures.md has the definitions.

This package knows nothing of strategies, indexes or prompts: its input is a question, its gold SQL
and ranked examples.
"""

from __future__ import annotations

from nshot.eval.measures.judge import RetrievalJudge
from nshot.eval.measures.measure import Measure, parse_measure, parse_measures
from nshot.eval.measures.table import MEASURES, SCOREBOARD, SUPPLIED, lower_is_better

__all__ = [
    "MEASURES",
    "SCOREBOARD",
    "SUPPLIED",
    "Measure",
    "RetrievalJudge",
    "lower_is_better",
    "parse_measure",
    "parse_measures",
]
