"""The sources in sight of one place of a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nshot.sql.forms.tree import FromItem
from nshot.sql.tokens import unquote
from nshot.types import Table


@dataclass(slots=True)
class FromScope:
    """The sources of one SELECT inside those of the SELECTs around it."""

    parent: FromScope | None
    ctes: frozenset[str]
    sources: list[FromItem] = field(default_factory=list)

    def chain(self) -> Iterator[FromScope]:
        """This scope and those around it, from the inside."""
        scope: FromScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def outside(self) -> int:
        """Number of sources in the scopes around."""
        return sum(len(scope.sources) for scope in self.chain()) - len(self.sources)

    def find_source(self, prefix: str, column: str = "*") -> FromItem | None:
        """The source that the text calls so; SQLite goes on outwards if it lacks the column."""
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
        """The source of this SELECT alone that has the column; None if none, several, or not known."""
        tables = [source.table for source in self.sources]
        owners = [s for s, table in zip(self.sources, tables, strict=True) if table and has(table, column)]
        return owners[0] if len(owners) == 1 and all(tables) else None


def source_name(source: FromItem) -> str:
    """What columns may be prefixed with in the text; empty for an unnamed sub-query."""
    if source.alias is not None:
        return unquote(source.alias)
    return unquote(source.path[-1]) if source.path else ""


def has(table: Table, column: str) -> bool:
    """Whether the table has a column of that name, letter case ignored."""
    lowered = column.lower()
    return any(one.name.lower() == lowered for one in table.columns)


def written_name(source: FromItem) -> str:
    """What stands in front of its columns, in lower case."""
    return source.label or (unquote(source.path[-1]).lower() if source.path else "")
