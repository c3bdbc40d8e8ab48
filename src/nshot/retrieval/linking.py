"""Estimate how many tables a question refers to, as a hint about joins that masking would remove.

"Songs of the rock genre" and "songs of 2004" have the same masked question, but only the first
needs a second table. Each schema name and each cell value in a question stands for the tables that
contain it. The estimate is the size of the smallest set of tables that covers all mentions,
together with the tables on the foreign-key paths between them. Among Spider's train questions with
an estimate of one, 93 % have SQL without a join; with an estimate of two, 68 % have at least one
join (docs/LOG.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import comb

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.types import Schema

MOST = 5
"""Larger estimates are reported as this number of tables."""
SEARCHED = 4
"""Largest set size that is searched for the smallest cover."""
TRIED = 20_000
"""If a set size has more combinations than this, the search stops and that size is the answer."""
HINTS = ("", "[one-table]", "[two-tables]", "[three-tables]", "[four-tables]", "[five-tables]")
"""Hint token by number of tables; it is appended to the masked question as a single token."""


class TableCounter:
    """Counts the tables of a schema that a question refers to."""

    def __init__(self, schema: Schema) -> None:
        self._graph = ForeignKeyGraph.by_name(schema)

    def count(self, mentions: Iterable[frozenset[str]]) -> int:
        """The number of tables that cover all mentions, at most MOST; 1 if nothing is mentioned.

        Args:
            mentions: For each name or value in the question, the lower-cased tables that contain
                it.
        """
        sets = _smallest({mention for mention in mentions if mention})
        tables = sorted(frozenset().union(*sets))
        for size in range(1, min(SEARCHED, len(tables)) + 1):
            if comb(len(tables), size) > TRIED:
                return size
            sizes = [
                len(self._join(chosen))
                for chosen in combinations(tables, size)
                if all(not mention.isdisjoint(chosen) for mention in sets)
            ]
            if sizes:
                return min(MOST, *sizes)
        return MOST if tables else 1

    def _join(self, tables: Sequence[str]) -> set[str]:
        """The given tables and those on the shortest foreign-key paths between them, nearest pair
        first.
        """
        joined, rest = {tables[0]}, set(tables[1:])
        while rest:
            joined.update(self._graph.path(joined, rest) or rest)
            rest -= joined
        return joined


def _smallest(mentions: set[frozenset[str]]) -> list[frozenset[str]]:
    """The mentions that contain no other mention as a subset: a set that covers these covers
    all."""
    return [mention for mention in mentions if not any(other < mention for other in mentions)]
