"""The graph of a schema's foreign keys: paths between tables, columns that join them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from nshot.prompting.linking.narrow import places

if TYPE_CHECKING:
    from collections.abc import Collection

    from nshot.types import Schema


class Links:
    """Foreign keys of a schema by position; tables are joined in both directions."""

    def __init__(self, schema: Schema) -> None:
        tables, columns = places(schema)
        self.near: list[set[int]] = [set() for _ in schema.tables]
        """Tables that share a foreign key with each table."""
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
        if own != other:
            self.near[own].add(other)
        self._joins.setdefault((own, other), set()).update(columns)

    def keys(self, table: int, others: Collection[int]) -> set[int]:
        """Positions of the columns of `table` that are its primary key or join it to `others` or itself."""
        found = set(self.primary[table])
        for other in {*others, table}:
            found |= self._joins.get((table, other), set())
        return found

    def path(self, start: Collection[int], goal: int) -> list[int]:
        """Tables of a shortest way from any of `start` (left out) to `goal` (included).

        Ties go to the tables that stand earlier in the schema. Only `goal` if no way leads there.
        """
        came: dict[int, int] = {goal: goal}
        queue = deque([goal])
        while queue:
            here = queue.popleft()
            for table in sorted(self.near[here]):
                if table in came:
                    continue
                came[table] = here
                if table in start:
                    return self._walk(came, here, goal)
                queue.append(table)
        return [goal]

    def spread(self, steps: dict[int, int], start: int) -> None:
        """Lower in `steps` the number of foreign keys between each table and the nearest start so far."""
        steps[start] = 0
        queue = deque([start])
        while queue:
            here = queue.popleft()
            for table in self.near[here]:
                if steps[here] + 1 < steps.get(table, len(self.near)):
                    steps[table] = steps[here] + 1
                    queue.append(table)

    @staticmethod
    def _walk(came: dict[int, int], here: int, goal: int) -> list[int]:
        way = [here]
        while way[-1] != goal:
            way.append(came[way[-1]])
        return way
