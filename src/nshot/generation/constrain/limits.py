"""What a model is held to beyond valid SQL: the habits of the queries that it was tuned on."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from nshot.generation.constrain.items import OneOf


class GrammarLimits(NamedTuple):
    """Narrower than the grammar; hashable. As it stands: nothing is narrower."""

    functions: frozenset[str] | None = None
    """Names of the only functions that may be called, `cast` and `strftime` among them; None: any."""
    joins_by_keys: bool = False
    """Whether a table that foreign keys connect, over any number of tables, with those in FROM may only join
    where one connects it directly."""
    tables_only: bool = False
    """Whether FROM names tables alone, no sub-queries."""

    def calls(self, *names: str) -> tuple[OneOf, ...]:
        """Those of the functions that may be called, with their opening brackets; () for none."""
        return _among(names, self.functions)

    def of(self, calls: Calls) -> Calls:
        """Those that may be called."""
        kept = [
            (self.calls(*(text.removesuffix("(") for text in names.texts)), least, most)
            for names, least, most in calls
        ]
        return tuple((names, least, most) for found, least, most in kept for names in found)


Calls = tuple[tuple[OneOf, int, int], ...]
"""Functions with their opening brackets, least and most arguments."""


@cache
def _among(names: tuple[str, ...], functions: frozenset[str] | None) -> tuple[OneOf, ...]:
    some = [f"{name}(" for name in names if functions is None or name in functions]
    return (OneOf(some),) if some else ()
