"""Several seeds of one system: averaged question by question, with the spread kept separately."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nshot.arrays import BoolArray, Float64Array
from nshot.errors import OptionError


class OverSeeds(NamedTuple):
    """A measure of one system over its seeds."""

    mean: Float64Array
    """(n,) mean over the seeds of each question; NaN if it is undefined for every seed."""
    seeds: int
    by_seed: Float64Array
    """(seeds, n) values."""

    def sd(self, chosen: BoolArray) -> float | None:
        """Standard deviation (n - 1) of the seeds' means over the chosen questions; None for one
        seed.
        """
        if self.seeds < 2:
            return None
        means = [float(nan_mean(row[chosen])) for row in self.by_seed]
        return float(np.std(means, ddof=1))


def over_seeds(values: npt.ArrayLike) -> OverSeeds:
    """The mean over seeds of (seeds, n) or (n,) values.

    Raises:
        OptionError: The values have another shape, or there is no seed.
    """
    table = np.asarray(values, dtype=np.float64)
    table = table[None, :] if table.ndim == 1 else table
    if table.ndim != 2 or not len(table):
        raise OptionError(f"expected values of shape (seeds, questions), got {table.shape}")
    counts = (~np.isnan(table)).sum(axis=0)
    sums = np.nansum(table, axis=0)
    mean = np.divide(sums, counts, out=np.full(table.shape[1], np.nan), where=counts > 0)
    return OverSeeds(mean, len(table), table)


def nan_mean(values: Float64Array) -> float:
    """The mean of the defined values; NaN if there are none."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")
