"""The graph of a schema's foreign keys: paths between tables, and the columns that join them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.prompting.linking.narrow import places

if TYPE_CHECKING:
    from collections.abc import Collection

    from nshot.types import Schema


class Links:
    """Foreign keys of a schema by position; tables are connected in both directions."""

    def __init__(self, schema: Schema) -> None:
        tables, columns = places(schema)
        self._graph = ForeignKeyGraph.by_position(schema)
        self._joins: dict[tuple[int, int], set[int]] = {}
        self.primary: list[frozenset[int]] = [
            frozenset(
                columns[number][name.lower()] for name in table.primary_key if name.lower() in columns[number]
            )
            for number, table in enumerate(schema.tables)
        ]
        """Positions of each table's primary-key columns."""
        for key in schema.foreign_keys:
            own, other = tables.get(key.table.lower()), tables.get(key.ref_table.lower())
            if own is None or other is None:
                continue
            self._join(
                own, other, {columns[own][n.lower()] for n in key.columns if n.lower() in columns[own]}
            )
            self._join(
                other,
                own,
                {columns[other][n.lower()] for n in key.ref_columns if n.lower() in columns[other]},
            )

    def _join(self, own: int, other: int, columns: set[int]) -> None:
        self._joins.setdefault((own, other), set()).update(columns)

    def keys(self, table: int, others: Collection[int]) -> set[int]:
        """Positions of the columns of `table` that are its primary key or join it to `others` or
        itself.
        """
        found = set(self.primary[table])
        for other in {*others, table}:
            found |= self._joins.get((table, other), set())
        return found

    def path(self, start: Collection[int], goal: int) -> list[int]:
        """Tables on a shortest path from any of `start` (excluded) to `goal` (included).

        Ties go to the tables that are earlier in the schema. If there is no path, the result is
        only `goal`.
        """
        way = self._graph.path([goal], start)
        return way[-2::-1] if way else [goal]

    def spread(self, steps: dict[int, int], start: int, most: int) -> list[int]:
        """Update in `steps` each table's number of foreign keys to the nearest start, for a new
        start; tables that are more than `most` away are not looked at.

        Returns:
            The tables whose number changed.
        """
        return self._graph.lower_distances(steps, start, most)
