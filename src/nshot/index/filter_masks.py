"""Filters as masks over the entries of one folder, made once for each filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from nshot.arrays import BoolArray
from nshot.index.entries import Entry, RowArray
from nshot.index.filter import Filter

KEPT = 256
"""Masks kept at most: more than Spider has databases, each of which has a mask of its own under the leak
rule. A mask takes a byte an entry."""


class FilterMasks:
    """The masks of filters over entries whose rows are 0 to n - 1."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self._kept = lru_cache(maxsize=KEPT)(self._make)

    def mask(self, only: Filter) -> BoolArray:
        """(n,) bool, the entries that pass; not to be written to."""
        shared = self._kept(only.without_ids())
        rows = [row for row in map(self._row_of.get, only.exclude_ids) if row is not None]
        if not rows:
            return shared
        own = shared.copy()
        own[rows] = False
        return own

    def _make(self, only: Filter) -> BoolArray:
        """The mask of a filter that excludes no ids."""
        if not only.exclude_db_ids:
            made = np.array([only.passes(entry.example) for entry in self._entries], dtype=np.bool_)
            return made if only.repeats else made & self._firsts
        # All filters of one run differ in the excluded database alone: what they share is made once.
        made = self._kept(replace(only, exclude_db_ids=frozenset())).copy()
        for db_id in only.exclude_db_ids:
            if db_id in self._rows_of_db:
                made[self._rows_of_db[db_id]] = False
        return made

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {entry.example.id: row for row, entry in enumerate(self._entries)}

    @cached_property
    def _rows_of_db(self) -> dict[str, RowArray]:
        rows: dict[str, list[int]] = {}
        for row, entry in enumerate(self._entries):
            rows.setdefault(entry.example.db_id, []).append(row)
        return {db_id: np.array(some, dtype=np.int64) for db_id, some in rows.items()}

    @cached_property
    def _firsts(self) -> BoolArray:
        """(n,) bool: of exact repeats only the first."""
        seen: set[tuple[str, str, str]] = set()
        firsts = np.zeros(len(self._entries), dtype=np.bool_)
        for row, (example, *_) in enumerate(self._entries):
            own = (example.db_id, example.question, example.sql)
            firsts[row] = own not in seen
            seen.add(own)
        return firsts
