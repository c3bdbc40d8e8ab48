"""How different the shown examples are from each other; no gold is needed."""

from __future__ import annotations

from nshot.eval.measures.shown import UNDEFINED, ShownExamples


def distinct_skeletons(shown: ShownExamples) -> float:
    """Number of different skeletons divided by the number of examples; NaN without examples."""
    return _distinct([facts.skeleton for facts in shown.facts])


def distinct_databases(shown: ShownExamples) -> float:
    """Number of different databases divided by the number of examples; NaN without examples."""
    return _distinct([example.db_id for example in shown.examples])


def _distinct(values: list[str]) -> float:
    return len(set(values)) / len(values) if values else UNDEFINED
