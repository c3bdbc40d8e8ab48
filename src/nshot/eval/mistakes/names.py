"""Resolve column names in sqlglot's tree: aliases to tables, bare names by the schema."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from nshot.types import Schema

Seen = set[tuple[int, str]]
"""(query, name) pairs that were already visited, because a WITH may refer to itself."""


class StatementNames:
    """Names of one statement."""

    def __init__(self, tree: exp.Expr, schema: Schema | None) -> None:
        self._columns = {
            table.name.lower(): frozenset(column.name.lower() for column in table.columns)
            for table in (schema.tables if schema else ())
        }
        self._ctes = {cte.alias_or_name.lower(): cte.this for cte in tree.find_all(exp.CTE)}
        self._sources: dict[int, dict[str, str | exp.Expr]] = {}
        self._around: dict[int, exp.Select | None] = {}

    def tables(self, select: exp.Select) -> list[str]:
        """Lower-cased names of the stored tables in this FROM, with repetition."""
        return [source for source in self._of(select).values() if isinstance(source, str)]

    def column(self, column: exp.Column, seen: Seen | None = None) -> str | exp.Expr:
        """`table.column` in lower case, or the expression that a derived table computes under this
        name.

        The table is `?` if it is unknown.
        """
        name, prefix = column.name.lower(), column.table.lower()
        seen = set() if seen is None else seen
        for select in self._selects_around(column):
            sources = self._of(select)
            if prefix and prefix not in sources:
                continue
            for source in [sources[prefix]] if prefix else sources.values():
                found = self._in_source(name, source, bool(prefix), seen)
                if found is not None:
                    return found
            tables = [source for source in sources.values() if isinstance(source, str)]
            if not prefix and len(sources) == len(tables) == 1 and not self._columns:
                return f"{tables[0]}.{name}"
        return f"?.{name}"

    def select_around(self, node: exp.Expr) -> exp.Select | None:
        """The innermost SELECT that contains `node`; results for the nodes on the way up are
        kept."""
        walked: list[int] = []
        found, at = None, node.parent
        while at is not None:
            if isinstance(at, exp.Select):
                found = at
                break
            if id(at) in self._around:
                found = self._around[id(at)]
                break
            walked.append(id(at))
            at = at.parent
        self._around.update(dict.fromkeys(walked, found))
        return found

    def _selects_around(self, node: exp.Expr) -> Iterator[exp.Select]:
        """SELECTs that contain `node`, the innermost first."""
        select = self.select_around(node)
        while select is not None:
            yield select
            select = self.select_around(select)

    def _in_source(self, name: str, source: str | exp.Expr, named: bool, seen: Seen) -> str | exp.Expr | None:
        if isinstance(source, str):
            return f"{source}.{name}" if named or name in self._columns.get(source, ()) else None
        query = source.find(exp.Select)
        if query is None or (id(query), name) in seen:
            return None
        seen.add((id(query), name))
        for item in query.expressions:
            if item.alias_or_name.lower() == name:
                inner = item.unalias()
                return self.column(inner, seen) if isinstance(inner, exp.Column) else inner
            if item.is_star:
                for inner_source in self._of(query).values():
                    found = self._in_source(name, inner_source, False, seen)
                    if found is not None:
                        return found
        return None

    def _of(self, select: exp.Select) -> dict[str, str | exp.Expr]:
        """Sources of one FROM by column prefix: a table's name, or a query."""
        known = self._sources.get(id(select))
        if known is None:
            known = self._sources[id(select)] = {}
            for node in _from(select):
                name = node.alias_or_name.lower()
                if isinstance(node, exp.Table):
                    table = node.name.lower()
                    known[_free(name, known)] = self._ctes.get(table, table)
                else:
                    known[_free(name, known)] = node
        return known


def _from(select: exp.Select) -> Iterator[exp.Expr]:
    """Tables and sub-queries of FROM and its joins, including those in brackets."""
    clause = select.args.get("from_")
    stack = [clause.this] if clause else []
    stack += [join.this for join in select.args.get("joins") or ()]
    while stack:
        node = stack.pop(0)
        if isinstance(node, exp.Paren) or (
            isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table)
        ):
            stack.insert(0, node.this)
        elif node is not None:
            yield node
        stack += [join.this for join in (node.args.get("joins") if node is not None else None) or ()]


def _free(name: str, taken: dict[str, str | exp.Expr]) -> str:
    while not name or name in taken:
        name += "'"
    return name
