"""Find the source of each column of a tree, and the sources that need an alias."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from nshot.sql.expression import Unread
from nshot.sql.forms.restore import restore_condition
from nshot.sql.forms.scope import FromScope, find_prefix
from nshot.sql.forms.tree import Brackets, ColumnRef, FromItem, Node, QueryTree, Select
from nshot.sql.tokens import unquote
from nshot.types import Schema

_LABEL: Final = re.compile("t[0-9]+")


class TreeResolver:
    """Fills in the tables, column sources, restored conditions and labels of a whole tree."""

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self._taken = _names(schema) if schema else set()
        self._uses: list[tuple[ColumnRef, FromScope]] = []
        self._labels: list[tuple[FromItem, int]] = []
        self._from_first = False

    def resolve(self, query: QueryTree) -> bool:
        """Resolve the statement; return whether any SELECT in it is written FROM first.

        Raises:
            Unread: It refers to a whole row by the name of its table.
        """
        # Two passes: whether a column needs an alias for its source is known only when all sources of the
        # statement have their prefixes. Labels are counted up last, beyond names such as t1 in the schema.
        self._query(query, FromScope(None, frozenset()))
        for column, scope in self._uses:
            self._uncapture(column, scope)
        beyond = max((int(name[1:]) for name in self._taken if _LABEL.fullmatch(name)), default=0)
        for source, number in self._labels:
            source.label = f"t{number + beyond}"
        return self._from_first

    def _query(self, query: QueryTree, around: FromScope) -> None:
        for cte in query.ctes:
            name = unquote(cte.name).lower()
            self._taken.add(name)
            within = replace(around, ctes=around.ctes | {name})
            self._query(cte.query, within if query.recursive else around)
            around = within
        # ORDER BY of a set operation may name the aliases of any arm before it.
        aliases: set[str] = set()
        for arm in query.arms:
            if isinstance(arm, QueryTree):
                self._query(arm, around)
            else:
                aliases |= {unquote(item.alias).lower() for item in arm.items if item.alias}
                self._select(arm, around, frozenset(aliases), len(query.arms) > 1)

    def _select(self, select: Select, around: FromScope, aliases: frozenset[str], compound: bool) -> None:
        scope = FromScope(around, around.ctes)
        self._from_first |= select.from_first
        for source in select.sources:
            self._source(source, around, scope)
            # Before the source joins the scope: a restored condition looks at the earlier sources only.
            if select.from_first and _wants_condition(source):
                source.condition = restore_condition(source, scope.sources, self.schema)
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

    def _source(self, source: FromItem, around: FromScope, scope: FromScope) -> None:
        if source.query is not None:
            self._query(source.query, around)
        elif source.arguments is None and self.schema is not None:
            name = unquote(source.path[-1])
            if len(source.path) > 1 or name.lower() not in scope.ctes:
                source.table = self.schema.table(name)

    def _label(self, scope: FromScope) -> None:
        """Assign aliases to sub-queries, functions, and tables that occur twice."""
        names = [unquote(s.path[-1]).lower() if s.path else "" for s in scope.sources]
        for place, (source, name) in enumerate(zip(scope.sources, names, strict=True), start=1):
            if source.query is not None or source.arguments is not None or names.count(name) > 1:
                self._give_alias(source, scope.outside() + place)

    def _give_alias(self, source: FromItem, number: int) -> None:
        source.label = f"t{number}"
        self._labels.append((source, number))

    def _nodes(
        self, nodes: list[Node], scope: FromScope, aliases: frozenset[str] = frozenset(), *, bare: bool = True
    ) -> None:
        for node in nodes:
            if isinstance(node, QueryTree):
                self._query(node, scope)
            elif isinstance(node, Brackets):
                self._nodes(node.nodes, scope, aliases, bare=bare)
            elif isinstance(node, ColumnRef):
                self._column(node, scope, aliases, bare=bare)

    def _column(self, column: ColumnRef, scope: FromScope, aliases: frozenset[str], *, bare: bool) -> None:
        if column.source is not None:
            pass
        elif column.prefix:
            column.source = scope.find_source(column.prefix, column.name)
        elif bare and column.name.lower() not in aliases:
            column.source = scope.owner(column.name)
        if column.source is None:
            self._refuse_rows(column, scope)
            return
        # Bare where only one table is in FROM, unless an alias of the select list would capture the name.
        own = len(scope.sources) == 1 and column.source is scope.sources[0]
        column.bare = own and not (column.prefix and column.name.lower() in aliases)
        if not column.bare:
            self._uses.append((column, scope))

    def _refuse_rows(self, column: ColumnRef, scope: FromScope) -> None:
        """Raise Unread for PostgreSQL's `count(t1)`, a whole row named by an alias that is not
        written.
        """
        source = None if column.prefix else scope.find_source(column.name)
        if source is not None and (source.alias is not None or source.label):
            raise Unread

    def _uncapture(self, column: ColumnRef, scope: FromScope) -> None:
        """Give the column's source an alias if its name would refer to another source at this
        place.
        """
        source = column.source
        if source is None or source.label:
            return
        name = find_prefix(source)
        # From the innermost SELECT outwards: another source with this prefix on the way would capture it.
        for one in scope.chain():
            if any(x is source for x in one.sources):
                return
            if any(find_prefix(x) == name for x in one.sources):
                break
        home = next((one for one in scope.chain() if any(x is source for x in one.sources)), scope)
        places = [i for i, x in enumerate(home.sources, start=1) if x is source]
        self._give_alias(source, home.outside() + sum(places))


def _names(schema: Schema) -> set[str]:
    """Names of tables and columns, in lower case."""
    columns = {column.name.lower() for table in schema.tables for column in table.columns}
    return columns | {table.name.lower() for table in schema.tables}


def _wants_condition(source: FromItem) -> bool:
    words = source.words
    return (
        words[-1:] == ("join",) and not source.condition and "cross" not in words and "natural" not in words
    )
