"""The graph of a schema's foreign keys: which tables they connect, over how many steps.

A table is a node, by its lower-case name or by its position in the schema; a foreign key is an edge
in both directions. Ties go to the lower node: the name that comes first in the alphabet, or the
table that stands earlier in the schema.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterable
from typing import Generic, TypeVar

from nshot.types import ForeignKey, Schema

Node = TypeVar("Node", int, str)


class ForeignKeyGraph(Generic[Node]):
    """Nodes, each with the nodes that an edge connects to it."""

    def __init__(self, edges: Iterable[tuple[Node, Node]]) -> None:
        self._near: dict[Node, set[Node]] = defaultdict(set)
        for one, other in edges:
            self._near[one].add(other)
            self._near[other].add(one)

    @staticmethod
    def by_name(schema: Schema) -> ForeignKeyGraph[str]:
        """The graph of the tables' lower-case names."""
        return ForeignKeyGraph((key.table.lower(), key.ref_table.lower()) for key in schema.foreign_keys)

    @staticmethod
    def by_position(schema: Schema) -> ForeignKeyGraph[int]:
        """The graph of the tables' positions; a key of a table that the schema lacks is left
        out."""
        at = {table.name.lower(): place for place, table in enumerate(schema.tables)}
        ends = ((at.get(key.table.lower()), at.get(key.ref_table.lower())) for key in schema.foreign_keys)
        return ForeignKeyGraph((one, other) for one, other in ends if one is not None and other is not None)

    def connects(self, one: Node, other: Node) -> bool:
        """Whether a foreign key connects these two nodes directly."""
        return other in self._near.get(one, ())

    def path(self, sources: Iterable[Node], targets: Collection[Node]) -> list[Node]:
        """The nodes of a shortest path from any source to the nearest target, both ends included.

        Empty if there is no path.

        >>> ForeignKeyGraph([("a", "b"), ("b", "c"), ("c", "d")]).path(["a"], {"c", "d"})
        ['a', 'b', 'c']
        """
        came: dict[Node, Node] = {source: source for source in sorted(sources)}
        queue = deque(came)
        while queue:
            here = queue.popleft()
            if here in targets:
                way = [here]
                while came[way[-1]] != way[-1]:
                    way.append(came[way[-1]])
                return way[::-1]
            for node in sorted(self._near.get(here, ())):
                if node not in came:
                    came[node] = here
                    queue.append(node)
        return []

    def lower_distances(self, distances: dict[Node, int], start: Node, most: int | None = None) -> list[Node]:
        """Update the number of edges between each node and the nearest start, for a new start.

        Args:
            distances: The numbers so far.
            start: The new start.
            most: Nodes further away are not looked at; None for all.

        Returns:
            The nodes whose number changed, nearest first.
        """
        distances[start] = 0
        changed = [start]
        for here in changed:
            if distances[here] == most:
                break
            for node in self._near.get(here, ()):
                if node not in distances or distances[here] + 1 < distances[node]:
                    distances[node] = distances[here] + 1
                    changed.append(node)
        return changed

    def components(self) -> dict[Node, int]:
        """A number for each node, the same for those that edges connect over any number of steps.

        >>> ForeignKeyGraph([("a", "b"), ("c", "d"), ("d", "e")]).components()
        {'a': 0, 'b': 0, 'c': 1, 'd': 1, 'e': 1}
        """
        found: dict[Node, int] = {}
        number = 0
        for start in sorted(self._near):
            if start in found:
                continue
            waiting = [start]
            while waiting:
                node = waiting.pop()
                if node not in found:
                    found[node] = number
                    waiting += self._near[node]
            number += 1
        return found


def equal_columns(key: ForeignKey, one: str, other: str) -> list[tuple[str, str]]:
    """The columns of table `one` and of table `other` that a foreign key between them makes equal.

    Empty if it connects other tables. The names are lower-case; the key may go either way.

    >>> equal_columns(ForeignKey("Song", ("Singer_ID",), "singer", ("id",)), "singer", "song")
    [('id', 'Singer_ID')]
    """
    ends = (key.table.lower(), key.ref_table.lower())
    if ends == (other, one):
        return list(zip(key.ref_columns, key.columns, strict=False))
    if ends == (one, other):
        return list(zip(key.columns, key.ref_columns, strict=False))
    return []
