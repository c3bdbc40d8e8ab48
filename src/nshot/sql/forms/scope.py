"""The sources that are visible at one place of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nshot.sql.forms.tree import FromItem
from nshot.sql.tokens import unquote
from nshot.types import Table


@dataclass(slots=True)
class FromScope:
    """The sources of one SELECT, with a link to the SELECT around it."""

    parent: FromScope | None
    ctes: frozenset[str]
    sources: list[FromItem] = field(default_factory=list)

    def chain(self) -> Iterator[FromScope]:
        """This scope and those around it, from the inside out."""
        scope: FromScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def outside(self) -> int:
        """Number of sources in the scopes around this one."""
        return sum(len(scope.sources) for scope in self.chain()) - len(self.sources)

    def find_source(self, prefix: str, column: str = "*") -> FromItem | None:
        """The source with this name or alias.

        As in SQLite, an outer source is taken if the inner one lacks the column.
        """
        wanted = prefix.lower()
        found = [
            source
            for scope in self.chain()
            for source in scope.sources
            if wanted == source_name(source).lower()
        ]
        owners = (one for one in found if column == "*" or one.table is None or has(one.table, column))
        return next(owners, found[0] if found else None)

    def owner(self, column: str) -> FromItem | None:
        """The one source of this SELECT that has the column; None if that is unknown."""
        tables = [source.table for source in self.sources]
        owners = [s for s, table in zip(self.sources, tables, strict=True) if table and has(table, column)]
        return owners[0] if len(owners) == 1 and all(tables) else None


def source_name(source: FromItem) -> str:
    """The name by which the text may prefix columns of the source; empty for an unnamed
    sub-query."""
    if source.alias is not None:
        return unquote(source.alias)
    return unquote(source.path[-1]) if source.path else ""


def has(table: Table, column: str) -> bool:
    """Whether the table has a column of that name, ignoring letter case."""
    lowered = column.lower()
    return any(one.name.lower() == lowered for one in table.columns)


def find_prefix(source: FromItem) -> str:
    """The prefix that is written before the source's columns, in lower case."""
    return source.label or (unquote(source.path[-1]).lower() if source.path else "")
