"""Columns that hold the same values because of a foreign key or the gold's own join."""

from __future__ import annotations

from collections.abc import Iterable

from nshot.types import Schema


class SameColumns:
    """Groups of equal columns, written `table.column`; each group is represented by its first
    column.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], schema: Schema | None) -> None:
        """
        Args:
            pairs: Columns that the gold joins.
            schema: Its foreign keys add further pairs.
        """
        self._groups: dict[str, list[str]] = {}
        for one, other in sorted(pairs):  # the order decides which pair is refused, and sets have none
            self._unite(one, other)
        for key in schema.foreign_keys if schema else ():
            for column, referred in zip(key.columns, key.ref_columns, strict=False):
                self._unite(f"{key.table}.{column}".lower(), f"{key.ref_table}.{referred}".lower())

    def first(self, column: str) -> str:
        """The representative of the column's group."""
        return self._groups[column][0] if column in self._groups else column

    def _unite(self, one: str, other: str) -> None:
        """Merge two groups, unless that would equate two columns of one table, such as home and
        away team.
        """
        group, added = self._groups.get(one, [one]), self._groups.get(other, [other])
        if group is added or one == other:
            return
        tables = [column.partition(".")[0] for column in (*group, *added)]
        if len(set(tables)) < len(tables):
            return
        united = group + added
        for column in united:
            self._groups[column] = united
