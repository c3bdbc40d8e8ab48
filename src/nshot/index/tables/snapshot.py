"""The short columns of a table in memory: rows, filters as masks, and keys of the leak rule.

No text of a question or an answer is in them: 100 to 200 bytes an example.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np

from nshot.arrays import BoolArray, IntArray
from nshot.errors import IndexFolderError
from nshot.index.entries import RowArray
from nshot.index.example_store import Facets
from nshot.index.filter import Filter
from nshot.index.filter_masks import KEPT
from nshot.index.tables.records import number_of, unpack
from nshot.index.tables.table import KEY, Columns

By = Literal["id", "question", "sql"]
"""What entries are looked up by: their id, `question_key` of their question, a key of their SQL."""


class Snapshot:
    """The records of a table at one moment; row i is the i-th in the order of stamps."""

    def __init__(self, columns: Columns) -> None:
        """
        Args:
            columns: Those of SHORT, and KEY.
        """
        keys, stamps = _numbers(columns[KEY]), _numbers(columns["stamp"])
        order = np.lexsort((keys, stamps))
        self.keys: IntArray = keys[order]
        self._by_key = np.argsort(self.keys, kind="stable")
        places = order.tolist()
        self.ids, self.db_ids, self._difficulties, self._tags, self.same_db = (
            [columns[name][at] for at in places] for name in ("id", "db_id", "difficulty", "tags", "same_db")
        )
        self._repeats = _numbers(columns["repeat"])[order]
        self._questions = _numbers(columns["question_key"])[order]
        self._sql_keys = [columns["sql_keys"][at] for at in places]
        self._kept = lru_cache(maxsize=KEPT)(self._make)

    def __len__(self) -> int:
        return len(self.keys)

    def rows_of(self, keys: IntArray) -> RowArray:
        """The row of each key; -1 for a record that the snapshot does not know."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.searchsorted(self.keys, keys, sorter=self._by_key)
        rows = self._by_key[np.minimum(at, len(self.keys) - 1)]
        return np.where(self.keys[rows] == keys, rows, -1).astype(np.int64)

    def align(self, columns: Columns, name: str) -> list[Any]:
        """A column of a later scan in the order of rows.

        Raises:
            IndexFolderError: A record is gone.
        """
        rows = self.rows_of(_numbers(columns[KEY]))
        values: list[Any] = [None] * len(self)
        found = 0
        for row, value in zip(rows.tolist(), columns[name], strict=True):
            if row >= 0:
                values[row] = value
                found += 1
        if found != len(self):
            raise IndexFolderError("examples were removed while the index was open; open it again")
        return values

    def mask(self, only: Filter) -> BoolArray:
        """(n,) bool: True for the entries that pass. Do not modify it, as it may be shared."""
        shared = self._kept(only.without_ids())
        rows = self.find("id", only.exclude_ids) if only.exclude_ids else ()
        if not len(rows):
            return shared
        own = shared.copy()
        own[rows] = False
        return own

    def find(self, by: By, keys: Collection[str]) -> RowArray:
        """The rows of the entries that have one of these keys, ascending."""
        if by == "id":
            rows = [row for key in set(keys) if (row := self.row_of.get(key)) is not None]
            return np.array(sorted(rows), dtype=np.int64)
        numbers = np.fromiter(map(number_of, set(keys)), dtype=np.int64, count=len(set(keys)))
        if by == "question":
            return np.flatnonzero(np.isin(self._questions, numbers)).astype(np.int64)
        all_keys, owners = self._keys_of_sql
        return np.unique(owners[np.isin(all_keys, numbers)])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Row by id."""
        return {one: row for row, one in enumerate(self.ids)}

    @cached_property
    def facets(self) -> Facets:
        """All databases, difficulties and tags."""
        return Facets(frozenset(self._of_db), frozenset(self._of_difficulty), frozenset(self._of_tag))

    def policies(self) -> frozenset[str]:
        """The policies of the entries."""
        return frozenset(self.same_db)

    def _make(self, only: Filter) -> BoolArray:
        """The mask of a filter without excluded ids."""
        if only.exclude_db_ids or only.closed_db_ids:
            # The filters of a run often differ only in the excluded database; what they share is made once.
            rest = replace(only, exclude_db_ids=frozenset(), closed_db_ids=frozenset())
            made = self._kept(rest).copy()
            for db_id in only.exclude_db_ids & self._of_db.keys():
                made[self._of_db[db_id]] = False
            for db_id in only.closed_db_ids & self._of_db.keys():
                rows = self._of_db[db_id]
                made[rows] &= self.is_open[rows]
            return made
        made = np.ones(len(self), dtype=np.bool_) if only.repeats else self._firsts.copy()
        if only.db_ids:
            made &= self._mask_of(self._of_db, only.db_ids)
        if only.difficulties:
            made &= self._mask_of(self._of_difficulty, only.difficulties)
        if only.tags:
            made &= self._mask_of(self._of_tag, only.tags)
        return made

    def _mask_of(self, rows_of: Mapping[str, RowArray], names: frozenset[str]) -> BoolArray:
        made = np.zeros(len(self), dtype=np.bool_)
        for name in names & rows_of.keys():
            made[rows_of[name]] = True
        return made

    @cached_property
    def is_open(self) -> BoolArray:
        """(n,) bool: True for the entries of pools with the policy `allow`."""
        return np.array([policy == "allow" for policy in self.same_db], dtype=np.bool_)

    @cached_property
    def _of_db(self) -> dict[str, RowArray]:
        return _group([(name,) for name in self.db_ids])

    @cached_property
    def _of_difficulty(self) -> dict[str, RowArray]:
        return _group([(name,) for name in self._difficulties])

    @cached_property
    def _of_tag(self) -> dict[str, RowArray]:
        known = {text: tuple(json.loads(text)) for text in set(self._tags)}
        return _group([known[text] for text in self._tags])

    @cached_property
    def _firsts(self) -> BoolArray:
        """(n,) bool: True for the first of each group of exact repeats."""
        made = np.zeros(len(self), dtype=np.bool_)
        made[np.unique(self._repeats, return_index=True)[1]] = True
        return made

    @cached_property
    def _keys_of_sql(self) -> tuple[IntArray, RowArray]:
        keys, counts = unpack(self._sql_keys)
        return keys, np.repeat(np.arange(len(self), dtype=np.int64), counts)


def _numbers(values: Sequence[int]) -> IntArray:
    return np.asarray(values, dtype=np.int64)


def _group(names: Sequence[tuple[str, ...]]) -> dict[str, RowArray]:
    """The rows of each name."""
    rows: dict[str, list[int]] = {}
    for row, some in enumerate(names):
        for name in some:
            rows.setdefault(name, []).append(row)
    return {name: np.array(some, dtype=np.int64) for name, some in rows.items()}
