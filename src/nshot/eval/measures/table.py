"""The table of measures."""

from __future__ import annotations

from typing import Final, NamedTuple

from nshot.errors import UnknownNameError
from nshot.eval.measures.diversity import distinct_databases, distinct_skeletons
from nshot.eval.measures.leak import gold_in_prompt, paraphrase, same_db, same_question, same_sql
from nshot.eval.measures.ranking import ndcg, tau
from nshot.eval.measures.shown import TakeMeasure
from nshot.eval.measures.structure import (
    hardness_match,
    hardness_share,
    operator_coverage,
    skeleton_match,
    skeleton_similarity,
    skeleton_similarity_mean,
    tree_similarity,
)


class Supplied(NamedTuple):
    """A measure whose values are supplied from outside; only its notation and unit are known
    here."""

    cutoff: bool
    """Whether it is written with `@k`."""
    unit: str


MEASURES: Final[dict[str, TakeMeasure]] = {
    "skeleton_match": skeleton_match,
    "skeleton_similarity": skeleton_similarity,
    "skeleton_similarity_mean": skeleton_similarity_mean,
    "tree_similarity": tree_similarity,
    "operator_coverage": operator_coverage,
    "hardness_match": hardness_match,
    "hardness_share": hardness_share,
    "ndcg": ndcg,
    "tau": tau,
    "distinct_skeletons": distinct_skeletons,
    "distinct_databases": distinct_databases,
    "same_db": same_db,
    "same_sql": same_sql,
    "paraphrase": paraphrase,
    "same_question": same_question,
    "gold_in_prompt": gold_in_prompt,
}
"""Measures with a cutoff k that are computed here, by name."""

SUPPLIED: Final[dict[str, Supplied]] = {
    "prompt_tokens": Supplied(cutoff=True, unit="tokens of the model's tokenizer, one prompt"),
    "ms": Supplied(cutoff=False, unit="milliseconds, one question"),
}

SCOREBOARD: Final = (
    "skeleton_match",
    "skeleton_similarity",
    "tree_similarity",
    "operator_coverage",
    "hardness_match",
    "ndcg",
    "tau",
    "distinct_skeletons",
    "distinct_databases",
    "same_db",
    "same_sql",
    "paraphrase",
    "gold_in_prompt",
)
"""Measures that a scoreboard shows by default."""

WITHOUT_GOLD: Final = frozenset(("distinct_skeletons", "distinct_databases", "same_db", "same_question"))
"""Measures that are defined for a question without gold SQL; all others are NaN there."""

_LOWER: Final = frozenset(
    ("same_db", "same_sql", "paraphrase", "same_question", "gold_in_prompt", "prompt_tokens", "ms")
)


def lower_is_better(name: str) -> bool:
    """Whether a lower value of the measure is better: leaks, tokens, time.

    Raises:
        UnknownNameError: There is no measure of that name.

    >>> lower_is_better("ms"), lower_is_better("ndcg")
    (True, False)
    """
    if name not in MEASURES and name not in SUPPLIED:
        raise UnknownNameError("measure", name, (*MEASURES, *SUPPLIED))
    return name in _LOWER
