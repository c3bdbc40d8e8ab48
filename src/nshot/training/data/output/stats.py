"""Counts and histograms of rows, for the data card."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from nshot.training.data.row import SftRow

EDGES: Final = (0, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 10**9)
"""Edges of histograms, tokens; a bin includes its lower edge."""


class Tokens(NamedTuple):
    """Statistics of the lengths of texts, tokens."""

    least: int
    median: int
    mean: float
    p95: int
    most: int
    histogram: dict[str, int]
    """Numbers of texts by bin; without empty bins at both ends."""


class Counts(NamedTuple):
    """Statistics of the rows of a file."""

    rows: int
    questions: int
    databases: dict[str, int]
    """Rows by database, most first."""
    shots: dict[int, int]
    contexts: dict[str, int]
    strategies: dict[str, int]
    """Rows by strategy; the empty name counts rows without demonstrations."""
    forms: dict[str, int]
    shortened: int
    """Rows that the budget shortened."""
    prompt_tokens: Tokens
    response_tokens: Tokens

    def to_json(self) -> dict[str, Any]:
        """The record for run.json."""
        record = self._asdict()
        return {**record, **{name: record[name]._asdict() for name in ("prompt_tokens", "response_tokens")}}


def count(rows: Sequence[SftRow]) -> Counts:
    """The statistics of these rows."""
    return Counts(
        len(rows),
        len({(row.db_id, row.id) for row in rows}),
        dict(Counter(row.db_id for row in rows).most_common()),
        _count_sorted(row.shots for row in rows),
        _count_sorted(row.context for row in rows),
        _count_sorted(row.strategy for row in rows),
        _count_sorted(row.form for row in rows),
        sum(row.dropped > 0 for row in rows),
        tokens([row.prompt_tokens for row in rows]),
        tokens([row.response_tokens for row in rows]),
    )


def tokens(lengths: Sequence[int]) -> Tokens:
    """The statistics of these lengths.

    >>> tokens([5, 9, 9, 40])[:5]
    (5, 9, 15.75, 40, 40)
    >>> tokens([5, 9, 9, 40]).histogram
    {'0-7': 1, '8-15': 2, '16-31': 0, '32-63': 1}
    """
    if not lengths:
        return Tokens(0, 0, 0.0, 0, 0, {})
    ordered = sorted(lengths)
    bins = [(low, high) for low, high in pairwise(EDGES) if high > ordered[0] and low <= ordered[-1]]
    return Tokens(
        ordered[0],
        int(statistics.median_low(ordered)),
        statistics.fmean(ordered),
        ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))],
        ordered[-1],
        {f"{low}-{high - 1}": sum(low <= one < high for one in ordered) for low, high in bins},
    )


def _count_sorted(values: Iterable[Any]) -> dict[Any, int]:
    return dict(sorted(Counter(values).items()))
