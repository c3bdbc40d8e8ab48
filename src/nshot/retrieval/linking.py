"""How many tables a question speaks of: the sign of a join that masking would wipe out.

"Songs of the rock genre" and "songs of 2004" are one masked question, but the first needs a second
table. Each name of the schema and each cell value in a question stands for the tables that have it;
the fewest tables which serve all of them, with those on the foreign keys between, are counted.
Among Spider's train questions 93 % of those with one such table have SQL without a join, 68 % of those
with two have one join or more (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import comb

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.types import Schema

MOST = 5
"""More tables are counted as so many."""
SEARCHED = 4
"""The fewest tables are looked for up to this size of the set."""
TRIED = 20_000
"""Where more sets of one size would have to be looked at, that size is the answer."""
HINTS = ("", "[one-table]", "[two-tables]", "[three-tables]", "[four-tables]", "[five-tables]")
"""By the number of tables; a single token of the masked question."""


class TableCounter:
    """Counts the tables of a schema that a question speaks of."""

    def __init__(self, schema: Schema) -> None:
        self._graph = ForeignKeyGraph.by_name(schema)

    def count(self, mentions: Iterable[frozenset[str]]) -> int:
        """How many tables serve all mentions, at most MOST; 1 where nothing is mentioned.

        Args:
            mentions: For each name or value in a question the tables, in lower case, that have it.
        """
        sets = _smallest({mention for mention in mentions if mention})
        tables = sorted(frozenset().union(*sets))
        for size in range(1, min(SEARCHED, len(tables)) + 1):
            if comb(len(tables), size) > TRIED:
                return size
            sizes = [
                len(self._joined(chosen))
                for chosen in combinations(tables, size)
                if all(not mention.isdisjoint(chosen) for mention in sets)
            ]
            if sizes:
                return min(MOST, *sizes)
        return MOST if tables else 1

    def _joined(self, tables: Sequence[str]) -> set[str]:
        """The tables and those on shortest paths between them, nearest first."""
        joined, rest = {tables[0]}, set(tables[1:])
        while rest:
            joined.update(self._graph.path(joined, rest) or rest)
            rest -= joined
        return joined


def _smallest(mentions: set[frozenset[str]]) -> list[frozenset[str]]:
    """Those that hold no other one: what serves them serves all."""
    return [mention for mention in mentions if not any(other < mention for other in mentions)]
