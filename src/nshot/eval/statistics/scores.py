"""One measure of one system, for all questions and by group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

import numpy as np
import numpy.typing as npt

from nshot.arrays import BoolArray
from nshot.errors import OptionError
from nshot.eval.scores import ALL, Score, System
from nshot.eval.statistics.bootstrap import cluster_bootstrap
from nshot.eval.statistics.seeds import over_seeds
from nshot.sql import Hardness, hardness
from nshot.types import Question

_LEVELS: Final[tuple[str, ...]] = get_args(Hardness)


def scores(
    system: System, measure: str, values_by_seed: npt.ArrayLike, questions: Sequence[Question], seed: int = 0
) -> list[Score]:
    """Scores of the groups `all`, `hardness:*` (easy to extra, of the gold SQL) and `database:*`
    (by name).

    The interval is that of `cluster_bootstrap` over databases; within one database its questions
    are resampled. Several seeds are averaged question by question, and `Estimate.sd` is the
    standard deviation of the seeds' means. A group in which the measure is undefined for every
    question has NaN.

    Args:
        system: The system that the values belong to.
        measure: Name of the measure.
        values_by_seed: (seeds, n) or (n,); NaN if undefined.
        questions: (n,); a question without gold SQL is in no `hardness:*` group.
        seed: Seed of the bootstrap.

    Raises:
        OptionError: The numbers of values and questions differ.
    """
    values = over_seeds(values_by_seed)
    if len(values.mean) != len(questions):
        raise OptionError(f"expected {len(questions)} values, one a question, got {len(values.mean)}")
    databases = np.array([question.db_id for question in questions], dtype=np.str_)
    found = []
    for group, chosen in groups(questions).items():
        estimate = cluster_bootstrap(values.mean[chosen], databases[chosen], seed=seed)
        estimate = estimate._replace(sd=values.sd(chosen), seeds=values.seeds)
        found.append(Score(system, measure, group, estimate))
    return found


def groups(questions: Sequence[Question]) -> dict[str, BoolArray]:
    """(n,) bool for each group: which questions belong to it; empty groups are left out."""
    databases = np.array([question.db_id for question in questions], dtype=np.str_)
    judged = ["" if question.sql is None else hardness(question.sql) for question in questions]
    levels = np.array(judged, dtype=np.str_)
    found = {ALL: np.ones(len(questions), dtype=np.bool_)}
    found |= {f"hardness:{level}": levels == level for level in _LEVELS}
    found |= {f"database:{name}": databases == name for name in sorted(set(databases.tolist()))}
    return {group: chosen for group, chosen in found.items() if chosen.any() or group == ALL}
