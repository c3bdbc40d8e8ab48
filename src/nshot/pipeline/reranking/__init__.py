"""Choose among the candidates of a question: hints of each, and their weights."""

from nshot.pipeline.reranking.agreement import measure_agreement, measure_agreements
from nshot.pipeline.reranking.hints import Hints, count_names, read_hints
from nshot.pipeline.reranking.reranker import Reranker

__all__ = ["Hints", "Reranker", "count_names", "measure_agreement", "measure_agreements", "read_hints"]
