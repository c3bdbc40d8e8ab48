"""How good retrieved examples are, without any model: measures that print as they are written.

`Measure("skeleton_match", 3)` prints `skeleton_match@3` and is parsed from it (`parse_measure`).
`RetrievalJudge` is bound once to a pool and takes all measures of one question in one call; its
`ceiling` is the best that any choice from the pool could reach. MEASURES is the table; docs/measures.md
has the definitions.

Knows nothing of strategies, indexes or prompts: a question, its gold SQL and ranked examples come in.
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
