"""Resolve column names: the tables visible in one SELECT, and the labels that `normalise` gives
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from nshot.sql.nest import Node
from nshot.types import Schema

Outputs = Mapping[str, str]
"""New names of a derived table's aliased columns by their old names, both in lower case."""


@dataclass(slots=True)
class LabelledSource:
    """One table, view, common table expression or sub-query of a FROM."""

    name: str
    """The prefix that the text may use for its columns: the alias or the table's name, in lower
    case.
    """
    table: str
    """The table's name in lower case; empty for a sub-query."""
    outputs: Outputs = field(default_factory=dict)
    label: str = ""
    """The alias that replaces its name in normalised text."""
    used: bool = False
    """An inner SELECT refers to it by name, so the label must be written."""


@dataclass(slots=True)
class LabelScope:
    """The sources of one SELECT, with a link to the SELECT around it."""

    parent: LabelScope | None = None
    schema: Schema | None = None
    ctes: Mapping[str, tuple[str, Outputs]] = field(default_factory=dict)
    sources: list[LabelledSource] = field(default_factory=list)
    subquery: Callable[[list[Node], LabelScope], str] = lambda _nodes, _scope: ""
    """Writes a bracketed SELECT inside an expression."""

    def add(self, name: str, table: str, outputs: Outputs) -> LabelledSource:
        """Add a source; its label follows from its position in this scope and the scopes around
        it."""
        source = LabelledSource(name or table, table, outputs, f"_t{self._offset() + len(self.sources) + 1}")
        self.sources.append(source)
        return source

    def _offset(self) -> int:
        return 0 if self.parent is None else self.parent._offset() + len(self.parent.sources)

    def _chain(self) -> Iterator[LabelScope]:
        scope: LabelScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def qualify(self, prefix: str, column: str) -> tuple[str, str]:
        """New prefix (empty for none) and column name of `prefix.column`."""
        for scope in self._chain():
            for source in scope.sources:
                if prefix == source.name:
                    renamed = source.outputs.get(column, column)
                    if scope is self and len(self.sources) == 1:
                        return "", renamed
                    source.used = True
                    return source.label, renamed
        return prefix, column

    def bare(self, column: str) -> tuple[str, str]:
        """New prefix (empty for none) and column name of a column without a prefix."""
        for source in self.sources:
            if column in source.outputs:
                return (source.label if len(self.sources) > 1 else ""), source.outputs[column]
        if self.schema is not None and len(self.sources) > 1 and self._all_known(self.schema):
            owners = [source for source in self.sources if column in _columns(self.schema, source.table)]
            if len(owners) == 1:
                return owners[0].label, column
        return "", column

    def _all_known(self, schema: Schema) -> bool:
        return all(_columns(schema, source.table) for source in self.sources)


@lru_cache(maxsize=8192)
def _columns(schema: Schema, table: str) -> frozenset[str]:
    found = schema.table(table) if table else None
    return frozenset() if found is None else frozenset(column.name.lower() for column in found.columns)
