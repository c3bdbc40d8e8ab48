"""Limits beyond valid SQL: the habits of the queries that a model was tuned on."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from nshot.generation.constrain.items import OneOf


class GrammarLimits(NamedTuple):
    """Limits narrower than the grammar; hashable. The defaults limit nothing."""

    functions: frozenset[str] | None = None
    """Names of the only functions that may be called, including `cast` and `strftime`; None: any.
    """
    joins_by_keys: bool = False
    """Whether tables that foreign keys connect, directly or over other tables, are joined along the
    keys: each further table must have a key to or from a table in FROM."""
    tables_only: bool = False
    """Whether FROM may name tables only, no sub-queries."""

    def calls(self, *names: str) -> tuple[OneOf, ...]:
        """The functions among these that may be called, with their opening brackets; () for
        none."""
        return _among(names, self.functions)

    def of(self, calls: Calls) -> Calls:
        """The functions among these that may be called, with their numbers of arguments."""
        kept = [
            (self.calls(*(text.removesuffix("(") for text in names.texts)), least, most)
            for names, least, most in calls
        ]
        return tuple((names, least, most) for found, least, most in kept for names in found)


Calls = tuple[tuple[OneOf, int, int], ...]
"""Functions with their opening brackets, with the least and the most arguments."""


@cache
def _among(names: tuple[str, ...], functions: frozenset[str] | None) -> tuple[OneOf, ...]:
    some = [f"{name}(" for name in names if functions is None or name in functions]
    return (OneOf(some),) if some else ()
