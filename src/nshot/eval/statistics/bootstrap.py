"""Bootstrap over clusters: whole databases are resampled, because their questions are not
independent.

B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 (percentile
interval) and 16 (tests); A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application
(1997), sections 3.8 (resampling whole clusters) and 4.2 (the 1 added to a simulated p-value).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from nshot.arrays import Float64Array
from nshot.errors import OptionError
from nshot.eval.scores import Estimate

Clusters = Sequence[str] | Sequence[int] | npt.NDArray[Any]
"""(n,): the cluster of each question."""

_ROUNDING: Final = 1e-12
_CELLS: Final = 4_000_000
"""Largest number of draws times clusters held in memory at once."""


class _Sums(NamedTuple):
    """What the mean of a resample needs: (clusters,) sums and numbers of values."""

    sums: Float64Array
    counts: Float64Array

    @property
    def mean(self) -> float:
        return float(self.sums.sum() / self.counts.sum())


def cluster_bootstrap(
    values: npt.ArrayLike, clusters: Clusters, draws: int = 10_000, seed: int = 0, level: float = 0.95
) -> Estimate:
    """The mean of `values` with its percentile interval over resampled clusters.

    Each draw takes as many clusters as there are, with replacement, and all their values; its mean
    is the sum of these values over their number. The interval is from the (1 - level) / 2 quantile
    of the draws to the (1 + level) / 2 quantile. The same seed gives the same interval.

    With a single cluster, resampling clusters would give no variation, so its values are resampled.
    The interval then refers to further questions on that database, not to other databases.

    Args:
        values: (n,) numbers; NaN (undefined for that question) is left out, and
            `Estimate.questions` counts the rest. If nothing is left, all three figures are NaN.
        clusters: (n,) usually the question's db_id.
        draws: Number of resamples.
        seed: Seed of numpy's default generator.
        level: Intended coverage of the interval, between 0 and 1.

    Raises:
        OptionError: The lengths differ, `draws` is below 1, or `level` is not between 0 and 1.
    """
    numbers, labels = _check(values, clusters, draws, level)
    if not len(numbers):
        return Estimate(float("nan"), float("nan"), float("nan"), 0)
    grouped = _group(numbers, labels)
    low, high = _interval(_means(grouped, draws, seed), level)
    return Estimate(grouped.mean, low, high, len(numbers))


def paired_bootstrap(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    clusters: Clusters,
    draws: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[Estimate, float]:
    """The mean of `a - b` with its interval, and the two-sided p-value of "there is no difference".

    The interval is that of `cluster_bootstrap` over the differences. With d the observed difference
    and d* that of a draw, p = (1 + number of draws with |d* - d| >= |d|) / (draws + 1): the draws,
    shifted to a mean near 0, are the distribution under no difference. p is never 0; it is 1 for d
    = 0.

    Args:
        a: (n,) values of one system; a pair with a NaN on either side is left out.
        b: (n,) values of the other system on the same questions.
        clusters: As in `cluster_bootstrap`.
        draws: As in `cluster_bootstrap`.
        seed: As in `cluster_bootstrap`.
        level: As in `cluster_bootstrap`.

    Raises:
        OptionError: As in `cluster_bootstrap`.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise OptionError(f"paired values need the same questions, got {first.shape} and {second.shape}")
    numbers, labels = _check(first - second, clusters, draws, level)
    if not len(numbers):
        return Estimate(float("nan"), float("nan"), float("nan"), 0), 1.0
    grouped = _group(numbers, labels)
    means, observed = _means(grouped, draws, seed), grouped.mean
    as_far = np.abs(means - observed) >= abs(observed) - _ROUNDING
    p = (1 + int(as_far.sum())) / (draws + 1)
    return Estimate(observed, *_interval(means, level), len(numbers)), p


def cluster_draws(clusters: Clusters, draws: int, seed: int = 0) -> Iterator[npt.NDArray[np.int64]]:
    """Yields the rows of each resample, for statistics that are no means.

    Each draw takes as many clusters as there are, with replacement; of a single one, its rows.

    Args:
        clusters: (n,) the cluster of each row, at least one.
        draws: Number of resamples.
        seed: Seed of numpy's default generator.
    """
    _, member = np.unique(np.asarray(clusters), return_inverse=True)
    if member.max() == 0:
        member = np.arange(len(member))
    rows = [np.nonzero(member == one)[0] for one in range(member.max() + 1)]
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.concatenate([rows[one] for one in generator.integers(0, len(rows), len(rows))])


def _check(
    values: npt.ArrayLike, clusters: Clusters, draws: int, level: float
) -> tuple[Float64Array, npt.NDArray[Any]]:
    """The defined values and their clusters, after checking all arguments."""
    numbers, labels = np.asarray(values, dtype=np.float64), np.asarray(clusters)
    if numbers.ndim != 1 or numbers.shape != labels.shape:
        raise OptionError(f"every value needs its cluster, got shapes {numbers.shape} and {labels.shape}")
    if draws < 1:
        raise OptionError(f"draws must be at least 1, got {draws}")
    if not 0 < level < 1:
        raise OptionError(f"level must be between 0 and 1, such as 0.95, got {level}")
    defined = ~np.isnan(numbers)
    return numbers[defined], labels[defined]


def _group(numbers: Float64Array, labels: npt.NDArray[Any]) -> _Sums:
    _, member = np.unique(labels, return_inverse=True)
    if member.max() == 0:
        return _Sums(numbers, np.ones(len(numbers)))
    sums = np.bincount(member, weights=numbers).astype(np.float64)
    return _Sums(sums, np.bincount(member).astype(np.float64))


def _means(grouped: _Sums, draws: int, seed: int) -> Float64Array:
    """(draws,) means of the resamples."""
    clusters = len(grouped.sums)
    if draws * clusters <= _CELLS:
        return _means_of(grouped, _weights(clusters, draws, seed))
    generator, step = np.random.default_rng(seed), max(1, _CELLS // clusters)
    sizes = [min(step, draws - done) for done in range(0, draws, step)]
    return np.concatenate([_means_of(grouped, _draw(generator, clusters, size)) for size in sizes])


def _means_of(grouped: _Sums, weights: npt.NDArray[np.uint32]) -> Float64Array:
    means: Float64Array = (weights @ grouped.sums) / (weights @ grouped.counts)
    return means


@lru_cache(maxsize=32)
def _weights(clusters: int, draws: int, seed: int) -> npt.NDArray[np.uint32]:
    """(draws, clusters) number of times that a resample contains each cluster; cached across
    measures.
    """
    return _draw(np.random.default_rng(seed), clusters, draws)


def _draw(generator: np.random.Generator, clusters: int, draws: int) -> npt.NDArray[np.uint32]:
    return generator.multinomial(clusters, np.full(clusters, 1 / clusters), size=draws).astype(np.uint32)


def _interval(means: Float64Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
