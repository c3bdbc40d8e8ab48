"""Choose among the candidates of a question: hints of each, and their weights."""

from nshot.pipeline.ranking.agreement import measure_agreement, measure_agreements
from nshot.pipeline.ranking.hints import Hints, read_hints
from nshot.pipeline.ranking.ranking import Ranking

__all__ = ["Hints", "Ranking", "measure_agreement", "measure_agreements", "read_hints"]
