"""Which column of the schema each name in a statement means, and what kind of values it holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from nshot.sql.forms.spelling import sql_name
from nshot.types import Column, Schema, Table

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

Kind = Literal["whole", "real", "text", "bool", "time", "blob", "list", ""]
"""What values a column or an expression has; empty if that is unknown."""

NUMBERS: Final = ("whole", "real")
_KINDS: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = (
    (re.compile(r"\[\d*\]"), "list"),
    (re.compile(r"interval|point|range|json|struct|map\("), ""),
    (re.compile(r"blob|bytea|binary"), "blob"),
    (re.compile(r"char|text|clob|string|enum|citext|^set\("), "text"),
    (re.compile(r"bool|tinyint\(1\)"), "bool"),
    (re.compile(r"int|serial|^year"), "whole"),
    (re.compile(r"real|floa|doub|num|dec|money"), "real"),
    (re.compile(r"date|time"), "time"),
)


def kind_of_type(declared: str) -> Kind:
    """The kind of values of a declared type.

    >>> kind_of_type("varchar(20)"), kind_of_type("bigint unsigned"), kind_of_type("interval")
    ('text', 'whole', '')
    """
    lowered = declared.lower()
    return next((kind for pattern, kind in _KINDS if pattern.search(lowered)), "")


class Resolver:
    """The names of one statement; writes those of the schema as the database spells them."""

    def __init__(self, tree: exp.Expr, schema: Schema, dialect: str) -> None:
        """
        Args:
            tree: A statement; its names are changed in place.
            schema: Of the database.
            dialect: The dialect whose quotes the names get.
        """
        from sqlglot import exp
        from sqlglot.optimizer.scope import traverse_scope

        self._schema, self._dialect = schema, dialect
        self._kinds: dict[int, Kind] = {}
        self._held: list[exp.Expr] = []
        """Nodes whose ids are keys: while they are held, no other node can get their id."""
        self.columns: dict[int, tuple[str, str]] = {}
        """(source, column) by the id of a Column node that the schema or a sub-query explains."""
        self.scopes: list[Scope] = traverse_scope(tree)
        for scope in self.scopes:
            for source in scope.sources.values():
                if isinstance(source, exp.Table):
                    self._spell_table(source)
            self._spell_using(scope)
            for column in (*scope.columns, *_find_ordering(scope.expression)):
                self.resolve(column, scope)

    def tables(self, scope: Scope) -> list[tuple[str, Table]]:
        """The names and tables of a scope's sources; a source that is no table of the schema is
        left out.
        """
        from sqlglot import exp

        found = ((name, source) for name, source in scope.sources.items() if isinstance(source, exp.Table))
        pairs = ((name, self._schema.table(source.name)) for name, source in found)
        return [(name, table) for name, table in pairs if table is not None]

    def kind(self, node: exp.Expr | None) -> Kind:
        """The kind of values of an expression."""
        if node is None:
            return ""
        if id(node) not in self._kinds:
            self.remember(node, self._find_kind(node))
        return self._kinds[id(node)]

    def remember(self, node: exp.Expr, kind: Kind) -> None:
        """Note the kind of a node."""
        self._kinds[id(node)] = kind
        self._held.append(node)

    def _spell_table(self, source: exp.Table) -> None:
        table = self._schema.table(source.name)
        if table is not None:
            source.set("this", self._identifier(table.name))

    def _spell_using(self, scope: Scope) -> None:
        """The columns of JOIN ... USING."""
        tables = [table for _, table in self.tables(scope)]
        for join in scope.expression.args.get("joins") or ():
            names = [
                next((found.name for table in tables if (found := _find(table, one.name))), one.name)
                for one in join.args.get("using") or ()
            ]
            if names:
                join.set("using", [self._identifier(name) for name in names])

    def _identifier(self, name: str) -> exp.Expr:
        from sqlglot import exp

        return exp.to_identifier(name, quoted=sql_name(name, self._dialect) != name)

    def resolve(self, column: exp.Column, scope: Scope) -> None:
        """Find what a column of a scope means, and spell it as the database does."""
        from sqlglot import exp

        if id(column) in self.columns:
            return
        place: Scope | None = scope
        while place is not None:
            for name, source in place.sources.items():
                if column.table and column.table.lower() != name.lower():
                    continue
                if column.table and column.table != name:  # MySQL tells aliases apart by letter case
                    column.set("table", exp.to_identifier(name, quoted=column.args["table"].quoted))
                if isinstance(source, exp.Table):
                    self._match_table(column, name, source)
                else:
                    self._match_query(column, name, source)
                if id(column) in self.columns:
                    return
            place = place.parent

    def _match_table(self, column: exp.Column, name: str, source: exp.Table) -> None:
        table = self._schema.table(source.name)
        found = _find(table, column.name) if table else None
        if found is None:
            return
        column.set("this", self._identifier(found.name))
        if column.table and not source.alias:
            column.set("table", source.this.copy())
        self._keep(column, name, found.name, kind_of_type(found.type))

    def _match_query(self, column: exp.Column, name: str, source: Scope) -> None:
        from sqlglot import exp

        query = source.expression
        selects = query.selects if isinstance(query, exp.Query) else []
        for select in selects:
            if select.alias_or_name.lower() == column.name.lower():
                written = select.args.get("alias") or select.this
                if isinstance(written, exp.Identifier):
                    column.set("this", written.copy())
                self._keep(column, name, column.name.lower(), self.kind(select))
                return

    def _keep(self, column: exp.Column, source: str, name: str, kind: Kind) -> None:
        self.columns[id(column)] = (source.lower(), name)
        self.remember(column, kind)

    def _find_kind(self, node: exp.Expr) -> Kind:
        from sqlglot import exp

        if isinstance(node, exp.Literal):
            return "text" if node.is_string else "real" if "." in node.name else "whole"
        if isinstance(node, exp.Count | exp.Length | exp.StrPosition | exp.Extract | exp.RowNumber):
            return "whole"
        if isinstance(node, exp.Avg | exp.Round):
            return "real"
        if isinstance(node, exp.Cast):
            return kind_of_type(node.to.sql("sqlite"))
        if isinstance(node, exp.Boolean | exp.Predicate | exp.Connector | exp.Not):
            return "bool"
        if isinstance(node, exp.Subquery | exp.Select):
            selects = node.selects
            return self.kind(selects[0]) if len(selects) == 1 else ""
        if isinstance(
            node, exp.DPipe | exp.Concat | exp.Lower | exp.Upper | exp.Substring | exp.Trim | exp.TimeToStr
        ):
            return "text"
        if isinstance(node, exp.Case | exp.If):
            return self._kind_of_case(node)
        if isinstance(node, exp.Binary):
            return self._kind_of_arithmetic(self.kind(node.left), self.kind(node.right))
        if isinstance(
            node, exp.Paren | exp.Neg | exp.Alias | exp.Min | exp.Max | exp.Abs | exp.Coalesce | exp.Window
        ):
            return self.kind(node.this)
        if isinstance(node, exp.Sum):
            return "whole" if self.kind(node.this) in ("whole", "bool") else "real"
        if isinstance(node, exp.CurrentDate | exp.CurrentTimestamp | exp.Date):
            return "time"
        return ""

    def _kind_of_case(self, node: exp.Expr) -> Kind:
        branches = [one.args.get("true") for one in node.args.get("ifs") or [node]]
        return next((kind for kind in map(self.kind, branches) if kind), "")

    def _kind_of_arithmetic(self, left: Kind, right: Kind) -> Kind:
        both = {left, right}
        if not both <= {"whole", "real", "text"}:
            return ""
        return "whole" if both == {"whole"} else "real"


def _find_ordering(query: exp.Expr) -> list[exp.Column]:
    """Columns of ORDER BY, GROUP BY and HAVING that are no names of select items.

    sqlglot takes them for names of items, too, if an item is the column of that name.
    """
    from sqlglot import exp

    if not isinstance(query, exp.Select):
        return []
    aliases = {item.alias.lower() for item in query.expressions if isinstance(item, exp.Alias)}
    parts = [part for name in ("order", "group", "having") if (part := query.args.get(name)) is not None]
    nodes = (
        node
        for part in parts
        for node in part.walk(prune=lambda one: isinstance(one, exp.Query | exp.Subquery))
        if isinstance(node, exp.Column)
    )
    return [node for node in nodes if node.table or node.name.lower() not in aliases]


def _find(table: Table, name: str) -> Column | None:
    lowered = name.lower()
    return next((column for column in table.columns if column.name.lower() == lowered), None)
