"""Compare a system with a baseline on the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy.typing as npt

from nshot.eval.scores import Contrast, System
from nshot.eval.statistics.bootstrap import Clusters, paired_bootstrap
from nshot.eval.statistics.holm import holm
from nshot.eval.statistics.mcnemar import is_binary, mcnemar, wins_losses
from nshot.eval.statistics.seeds import over_seeds


class Sample(NamedTuple):
    """The values of one system on every question."""

    system: System
    values: npt.ArrayLike
    """(seeds, n) or, for one seed, (n,)."""


def contrast(
    measure: str,
    system: Sample,
    baseline: Sample,
    clusters: Clusters,
    *,
    lower_is_better: bool = False,
    seed: int = 0,
) -> Contrast:
    """The difference of the two, its interval, and its p-value (`p_holm` still equals `p`).

    Values are first averaged over seeds, question by question. If each average is 0 or 1, p is that
    of the exact McNemar test, otherwise that of the paired bootstrap. The difference and its
    interval always come from the paired bootstrap over clusters.

    Args:
        measure: Name of the measure, for the record.
        system: Values of shape (seeds, n) or (n,).
        baseline: The same questions in the same order; its number of seeds may differ.
        clusters: (n,) db_ids.
        lower_is_better: A win is a lower value (milliseconds, tokens, leaks). The difference is
            still system minus baseline.
        seed: Seed of the bootstrap.

    Raises:
        OptionError: The numbers of questions differ.
    """
    a, b = over_seeds(system.values).mean, over_seeds(baseline.values).mean
    difference, p = paired_bootstrap(a, b, clusters, seed=seed)
    test = "paired bootstrap"
    if is_binary(a) and is_binary(b):
        test, p = "mcnemar", mcnemar(a, b)
    more, less = wins_losses(a, b)
    wins, losses = (less, more) if lower_is_better else (more, less)
    return Contrast(system.system, baseline.system, measure, difference, wins, losses, test, p, p)


def contrasts(
    measure: str,
    pairs: Sequence[tuple[Sample, Sample]],
    clusters: Clusters,
    *,
    lower_is_better: bool = False,
    seed: int = 0,
) -> list[Contrast]:
    """`contrast` of every (system, baseline) pair, in order, with Holm's correction over all of
    them.

    Raises:
        OptionError: As in `contrast`.
    """
    found = [
        contrast(measure, system, baseline, clusters, lower_is_better=lower_is_better, seed=seed)
        for system, baseline in pairs
    ]
    adjusted = holm([one.p for one in found])
    return [one._replace(p_holm=p) for one, p in zip(found, adjusted, strict=True)]
