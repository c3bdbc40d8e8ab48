"""Which source each column of a tree belongs to, and which sources need an alias."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from nshot.sql.forms.restore import restored_condition
from nshot.sql.forms.tree import Brackets, Column, Node, Query, Select, Source
from nshot.sql.tokens import unquoted
from nshot.types import Schema, Table


@dataclass(slots=True)
class Scope:
    """The sources of one SELECT inside those of the SELECTs around it."""

    parent: Scope | None
    schema: Schema | None
    ctes: frozenset[str]
    sources: list[Source] = field(default_factory=list)

    def chain(self) -> Iterator[Scope]:
        """This scope and those around it, from the inside."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def outside(self) -> int:
        """Number of sources in the scopes around."""
        return sum(len(scope.sources) for scope in self.chain()) - len(self.sources)

    def named(self, prefix: str) -> Source | None:
        """The source that the text calls so."""
        wanted = prefix.lower()
        for scope in self.chain():
            for source in scope.sources:
                if wanted == source_name(source).lower():
                    return source
        return None

    def owner(self, column: str) -> Source | None:
        """The source of this SELECT alone that has the column; None if none, several, or not known."""
        tables = [source.table for source in self.sources]
        owners = [s for s, table in zip(self.sources, tables, strict=True) if table and has(table, column)]
        return owners[0] if len(owners) == 1 and all(tables) else None


def source_name(source: Source) -> str:
    """What columns may be prefixed with in the text; empty for an unnamed sub-query."""
    if source.alias is not None:
        return unquoted(source.alias)
    return unquoted(source.path[-1]) if source.path else ""


def has(table: Table, column: str) -> bool:
    """Whether the table has a column of that name, letter case ignored."""
    lowered = column.lower()
    return any(one.name.lower() == lowered for one in table.columns)


class Resolver:
    """Fills in tables, owners of columns, restored conditions and labels of a whole tree."""

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self._taken = {table.name.lower() for table in schema.tables} if schema else set()
        self._uses: list[tuple[Column, Scope]] = []
        self._from_first = False

    def resolve(self, query: Query) -> bool:
        """Resolves the statement; whether any SELECT in it has its FROM first."""
        self._query(query, Scope(None, self.schema, frozenset()))
        for column, scope in self._uses:
            self._uncapture(column, scope)
        return self._from_first

    def _query(self, query: Query, around: Scope) -> None:
        for cte in query.ctes:
            name = unquoted(cte.name).lower()
            self._taken.add(name)
            known = around.ctes | {name}
            inner = Scope(
                around.parent, self.schema, known if query.recursive else around.ctes, around.sources
            )
            self._query(cte.query, inner)
            around = Scope(around.parent, self.schema, known, around.sources)
        aliases: set[str] = set()
        for arm in query.arms:
            if isinstance(arm, Query):
                self._query(arm, around)
            else:
                aliases |= {unquoted(item.alias).lower() for item in arm.items if item.alias}
                self._select(arm, around, frozenset(aliases), len(query.arms) > 1)

    def _select(self, select: Select, around: Scope, aliases: frozenset[str], compound: bool) -> None:
        scope = Scope(around, self.schema, around.ctes)
        self._from_first |= select.from_first
        for source in select.sources:
            self._source(source, around, scope)
            if select.from_first and _wants_condition(source):
                source.condition = restored_condition(source, scope.sources, self.schema)
            scope.sources.append(source)
        self._label(scope)
        for source in select.sources:
            self._nodes(source.condition, scope)
            if source.arguments:
                self._nodes(source.arguments.nodes, scope)
        for item in select.items:
            self._nodes(item.nodes, scope)
        for name, nodes in select.clauses.items():
            own = aliases if name in ("group", "having", "order") else frozenset()
            self._nodes(nodes, scope, own, bare=not (compound and name == "order"))

    def _source(self, source: Source, around: Scope, scope: Scope) -> None:
        if source.query is not None:
            self._query(source.query, around)
        elif source.arguments is None and self.schema is not None:
            name = unquoted(source.path[-1])
            if len(source.path) > 1 or name.lower() not in scope.ctes:
                source.table = self.schema.table(name)

    def _label(self, scope: Scope) -> None:
        """Aliases for sub-queries, functions, and tables that occur twice."""
        names = [unquoted(s.path[-1]).lower() if s.path else "" for s in scope.sources]
        for place, (source, name) in enumerate(zip(scope.sources, names, strict=True), start=1):
            if source.query is not None or source.arguments is not None or names.count(name) > 1:
                source.label = self._free(scope.outside() + place)
            else:
                source.label = ""

    def _free(self, number: int) -> str:
        while f"t{number}" in self._taken:
            number += 1
        return f"t{number}"

    def _nodes(
        self, nodes: list[Node], scope: Scope, aliases: frozenset[str] = frozenset(), *, bare: bool = True
    ) -> None:
        for node in nodes:
            if isinstance(node, Query):
                self._query(node, scope)
            elif isinstance(node, Brackets):
                self._nodes(node.nodes, scope, aliases, bare=bare)
            elif isinstance(node, Column):
                self._column(node, scope, aliases, bare=bare)

    def _column(self, column: Column, scope: Scope, aliases: frozenset[str], *, bare: bool) -> None:
        if column.source is not None:
            pass
        elif column.prefix:
            column.source = scope.named(column.prefix)
        elif bare and column.name.lower() not in aliases:
            column.source = scope.owner(column.name)
        if column.source is None:
            return
        own = len(scope.sources) == 1 and column.source is scope.sources[0]
        column.bare = own and not (column.prefix and column.name.lower() in aliases)
        if not column.bare:
            self._uses.append((column, scope))

    def _uncapture(self, column: Column, scope: Scope) -> None:
        """Gives the column's source an alias if its own name means another source where the column stands."""
        source = column.source
        if source is None or source.label:
            return
        name = source_name_written(source)
        for one in scope.chain():
            if any(x is source for x in one.sources):
                return
            if any(source_name_written(x) == name for x in one.sources):
                break
        home = next((one for one in scope.chain() if any(x is source for x in one.sources)), scope)
        places = [i for i, x in enumerate(home.sources, start=1) if x is source]
        source.label = self._free(home.outside() + sum(places))


def _wants_condition(source: Source) -> bool:
    words = source.words
    return (
        words[-1:] == ("join",) and not source.condition and "cross" not in words and "natural" not in words
    )


def source_name_written(source: Source) -> str:
    """What stands in front of its columns, in lower case."""
    return source.label or (unquoted(source.path[-1]).lower() if source.path else "")
