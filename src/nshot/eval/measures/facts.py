"""What the measures look at in one SQL, found out once."""

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
        """Names and literals masked."""
        return skeleton(self.sql)

    @cached_property
    def tokens(self) -> Counter[str]:
        """The bag of skeleton tokens."""
        return Counter(skeleton_tokens(self.sql))

    @cached_property
    def operators(self) -> frozenset[str]:
        """The operators of the SQL, as `nshot.sql.operators` lists them."""
        return operators(self.sql)

    @cached_property
    def hardness(self) -> str:
        """Spider's hardness."""
        return hardness(self.sql)

    @cached_property
    def normal(self) -> str:
        """Normal form, read without any schema."""
        return normalise(self.sql)

    @cached_property
    def normals(self) -> frozenset[str]:
        """Normal forms without and with the schema; two texts that are the same SQL have one in common."""
        return frozenset((self.normal, normalise(self.sql, self._schema)))

    @cached_property
    def tree(self) -> Counter[tuple[str, ...]] | None:
        """The bag of pq-grams of the masked tree; None where sqlglot cannot read the SQL."""
        return pq_grams(self.sql)
