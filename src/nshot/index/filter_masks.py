"""Filters as boolean masks over the entries of an index folder; each mask is computed once and
cached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from nshot.arrays import BoolArray
from nshot.index.entries import Entry, RowArray
from nshot.index.filter import Filter

KEPT = 256
"""Masks kept at most. The leak rule needs one mask per database, and Spider has fewer databases
than this. A mask takes one byte per entry."""


class FilterMasks:
    """The masks of filters over entries whose rows are 0 to n - 1."""

    def __init__(self, entries: Sequence[Entry], before: Iterable[Entry] = ()) -> None:
        """
        Args:
            entries: The entries of the masks.
            before: Entries of lower rows, which have no place in the masks. What repeats one of
                them is not the first of its kind.
        """
        self._entries, self._before = entries, before
        self._kept = lru_cache(maxsize=KEPT)(self._make)

    def mask(self, only: Filter) -> BoolArray:
        """(n,) bool: True for the entries that pass. Do not modify the array, because it may be
        shared.
        """
        shared = self._kept(only.without_ids())
        rows = [row for row in map(self._row_of.get, only.exclude_ids) if row is not None]
        if not rows:
            return shared
        own = shared.copy()
        own[rows] = False
        return own

    def _make(self, only: Filter) -> BoolArray:
        """The mask of a filter without excluded ids."""
        if not only.exclude_db_ids and not only.closed_db_ids:
            passes = (only.passes(entry.example, entry.same_db) for entry in self._entries)
            made = np.fromiter(passes, dtype=np.bool_, count=len(self._entries))
            return made if only.repeats else made & self._firsts
        # The filters of a run often differ only in the excluded database; the mask they share is made once.
        made = self._kept(replace(only, exclude_db_ids=frozenset(), closed_db_ids=frozenset())).copy()
        for db_id in only.exclude_db_ids & self._rows_of_db.keys():
            made[self._rows_of_db[db_id]] = False
        for db_id in only.closed_db_ids & self._rows_of_db.keys():
            rows = self._rows_of_db[db_id]
            made[rows] &= self._open[rows]
        return made

    @cached_property
    def _open(self) -> BoolArray:
        """(n,) bool: True for the entries of pools with the policy `allow`."""
        return np.array([entry.same_db == "allow" for entry in self._entries], dtype=np.bool_)

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
        """(n,) bool: True for the first of each group of exact repeats."""
        seen = {(e.db_id, e.question, e.sql) for e, *_ in self._before}
        firsts = np.zeros(len(self._entries), dtype=np.bool_)
        for row, (example, *_) in enumerate(self._entries):
            own = (example.db_id, example.question, example.sql)
            firsts[row] = own not in seen
            seen.add(own)
        return firsts
