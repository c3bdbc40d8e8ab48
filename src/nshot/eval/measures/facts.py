"""The properties of an SQL text that the measures use, each computed once."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from nshot.eval.measures.tree import pq_grams
from nshot.sql import hardness, normalise, operators, skeleton, skeleton_tokens
from nshot.types import Schema


class Facts:
    """One SQL text; every property is computed at its first use and kept."""

    def __init__(self, sql: str, schema: Schema | None = None) -> None:
        self.sql = sql
        self._schema = schema

    @cached_property
    def skeleton(self) -> str:
        """The skeleton: names and literals masked."""
        return skeleton(self.sql)

    @cached_property
    def tokens(self) -> Counter[str]:
        """The bag of skeleton tokens."""
        return Counter(skeleton_tokens(self.sql))

    @cached_property
    def operators(self) -> frozenset[str]:
        """The operators, as in `nshot.sql.operators`."""
        return operators(self.sql)

    @cached_property
    def hardness(self) -> str:
        """Spider's hardness."""
        return hardness(self.sql)

    @cached_property
    def normal(self) -> str:
        """The normal form without a schema."""
        return normalise(self.sql)

    @cached_property
    def normals(self) -> frozenset[str]:
        """The normal forms without and with the schema; two texts of the same SQL share at least
        one.
        """
        return frozenset((self.normal, normalise(self.sql, self._schema)))

    @cached_property
    def tree(self) -> Counter[tuple[str, ...]] | None:
        """The bag of pq-grams of the masked tree; None if sqlglot cannot read the SQL."""
        return pq_grams(self.sql)
