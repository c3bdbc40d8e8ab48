"""Columns that hold the same values because a foreign key or the gold's own join says so."""

from __future__ import annotations

from collections.abc import Iterable

from nshot.types import Schema


class SameColumns:
    """Groups of columns, written `table.column`; each is known by its first."""

    def __init__(self, pairs: Iterable[tuple[str, str]], schema: Schema | None) -> None:
        """
        Args:
            pairs: Columns that the gold joins.
            schema: Its foreign keys join the rest.
        """
        self._groups: dict[str, list[str]] = {}
        for one, other in sorted(pairs):  # which of two is refused must not depend on the hash seed
            self._unite(one, other)
        for key in schema.foreign_keys if schema else ():
            for column, referred in zip(key.columns, key.ref_columns, strict=False):
                self._unite(f"{key.table}.{column}".lower(), f"{key.ref_table}.{referred}".lower())

    def first(self, column: str) -> str:
        """The column that stands for all that are the same."""
        return self._groups[column][0] if column in self._groups else column

    def _unite(self, one: str, other: str) -> None:
        """Unless two columns of one table would become the same: home and away team are not."""
        group, added = self._groups.get(one, [one]), self._groups.get(other, [other])
        if group is added or one == other:
            return
        tables = [column.partition(".")[0] for column in (*group, *added)]
        if len(set(tables)) < len(tables):
            return
        united = group + added
        for column in united:
            self._groups[column] = united
