"""Statistics of a comparison: intervals, paired tests, correction for many tests, correlations.

`cluster_bootstrap` gives the interval of a mean by resampling whole databases. `paired_bootstrap`
and `mcnemar` compare two systems on the same questions. `holm` corrects many such tests. `scores`
and `contrasts` turn these into the records of a `Comparison`. docs/statistics.md explains the
choices.

This package does not know what was measured: its input are values, its output estimates. The
arithmetic is done by numpy and scipy.
"""

from __future__ import annotations

from nshot.eval.statistics.bootstrap import cluster_bootstrap, cluster_draws, paired_bootstrap
from nshot.eval.statistics.contrast import Sample, contrast, contrasts
from nshot.eval.statistics.correlation import pearson, spearman
from nshot.eval.statistics.holm import holm
from nshot.eval.statistics.mcnemar import mcnemar, wins_losses
from nshot.eval.statistics.scores import scores
from nshot.eval.statistics.wilson import wilson

__all__ = [
    "Sample",
    "cluster_bootstrap",
    "cluster_draws",
    "contrast",
    "contrasts",
    "holm",
    "mcnemar",
    "paired_bootstrap",
    "pearson",
    "scores",
    "spearman",
    "wilson",
    "wins_losses",
]
