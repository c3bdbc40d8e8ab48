"""Similarity of the gold SQL and the SQL of the examples."""

from __future__ import annotations

from functools import lru_cache

from nshot.eval.measures.bags import dice, jaccard
from nshot.eval.measures.facts import Facts
from nshot.eval.measures.shown import UNDEFINED, ShownExamples


def skeleton_match(shown: ShownExamples) -> float:
    """1 if an example has the same skeleton as the gold, else 0."""
    return float(any(facts.skeleton == shown.gold.skeleton for facts in shown.facts))


def skeleton_similarity(shown: ShownExamples) -> float:
    """The highest Jaccard similarity of the bags of skeleton tokens; 0 without examples."""
    return max((_tokens(shown.gold, facts) for facts in shown.facts), default=0.0)


def skeleton_similarity_mean(shown: ShownExamples) -> float:
    """The mean of this Jaccard similarity over the examples; 0 without examples."""
    similarities = [_tokens(shown.gold, facts) for facts in shown.facts]
    return sum(similarities) / len(similarities) if similarities else 0.0


def tree_similarity(shown: ShownExamples) -> float:
    """The highest pq-gram similarity of the masked trees; NaN if sqlglot cannot read the gold."""
    if shown.gold.tree is None:
        return UNDEFINED
    return max(similarities(shown), default=0.0)


def operator_coverage(shown: ShownExamples) -> float:
    """Share of the gold's operators that occur in any example; 1 if the gold has no operator."""
    wanted = shown.gold.operators
    found = frozenset().union(*(facts.operators for facts in shown.facts))
    return len(wanted & found) / len(wanted) if wanted else 1.0


def hardness_match(shown: ShownExamples) -> float:
    """1 if an example has the same hardness as the gold, else 0."""
    return float(any(facts.hardness == shown.gold.hardness for facts in shown.facts))


def hardness_share(shown: ShownExamples) -> float:
    """Share of the examples that have the same hardness as the gold; 0 without examples."""
    alike = sum(facts.hardness == shown.gold.hardness for facts in shown.facts)
    return alike / len(shown.facts) if shown.facts else 0.0


def similarities(shown: ShownExamples) -> list[float]:
    """The pq-gram similarity of each example, in order; 0 for SQL that sqlglot cannot read."""
    return [_trees(shown.gold, facts) for facts in shown.facts]


@lru_cache(maxsize=65_536)
def _tokens(gold: Facts, example: Facts) -> float:
    return jaccard(gold.tokens, example.tokens)


@lru_cache(maxsize=65_536)
def _trees(gold: Facts, example: Facts) -> float:
    return 0.0 if gold.tree is None or example.tree is None else dice(gold.tree, example.tree)
