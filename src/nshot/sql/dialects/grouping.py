"""Columns that are neither grouped nor aggregated: SQLite takes the value of some row, others
refuse them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.sql.dialects.resolve import NUMBERS, Resolver
from nshot.sql.parse import parse_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope


def wrap_ungrouped(names: Resolver, dialect: str) -> None:
    """Put such columns into FIRST, or what the dialect has for it, in place.

    All columns of a group then come from one row, as in SQLite.
    """
    from sqlglot import exp

    for scope in names.scopes:
        select = scope.expression
        if isinstance(select, exp.Select):
            _replace_aliases(select, names)
            _order_distinct(select)
            if select.args.get("group") or any(_aggregates(select)):
                _expand_star(select, scope, names)
                _wrap(select, names, dialect)


def _aggregates(select: exp.Select) -> Iterator[exp.Expr]:
    """The aggregates of the select list, HAVING and ORDER BY, not those of sub-queries or
    windows."""
    from sqlglot import exp

    for part in _parts(select):
        for node in _walk_own(part):
            if isinstance(node, exp.AggFunc) and not isinstance(node.parent, exp.Window):
                yield node


def _parts(select: exp.Select) -> Iterator[exp.Expr]:
    yield from select.expressions
    for name in ("having", "order"):
        if (part := select.args.get(name)) is not None:
            yield part


def _walk_own(part: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression without those of sub-queries."""
    from sqlglot import exp

    return part.walk(prune=lambda node: isinstance(node, exp.Query | exp.Subquery))


def _replace_aliases(select: exp.Select, names: Resolver) -> None:
    """In HAVING, WHERE and GROUP BY, names of select items become what they stand for."""
    from sqlglot import exp

    aliases = {item.alias.lower(): item.this for item in select.expressions if isinstance(item, exp.Alias)}
    if not aliases:
        return
    for name in ("having", "group", "where"):
        part = select.args.get(name)
        for node in list(_walk_own(part)) if part is not None else ():
            if (
                isinstance(node, exp.Column)
                and not node.table
                and id(node) not in names.columns
                and node.name.lower() in aliases
            ):
                node.replace(aliases[node.name.lower()].copy())


def _order_distinct(select: exp.Select) -> None:
    """DISTINCT ordered by what it does not select becomes groups of what it selects."""
    from sqlglot import exp

    order, distinct = select.args.get("order"), select.args.get("distinct")
    if order is None or distinct is None or select.args.get("group") or any(_aggregates(select)):
        return
    shown = {item.unalias().sql() for item in select.expressions} | {
        item.alias_or_name for item in select.expressions
    }
    keys = [one.this for one in order.expressions]
    if select.is_star or all(key.sql() in shown or key.name in shown or key.is_number for key in keys):
        return
    select.set("distinct", None)
    select.set("group", exp.Group(expressions=[item.unalias().copy() for item in select.expressions]))


def _expand_star(select: exp.Select, scope: Scope, names: Resolver) -> None:
    """A star beside groups becomes the columns that it stands for."""
    from sqlglot import exp

    if not select.is_star or len(names.tables(scope)) != len(scope.sources):
        return
    items: list[exp.Expr] = []
    for item in select.expressions:
        prefix = item.table if isinstance(item, exp.Column) else ""
        if not item.is_star or isinstance(item, exp.AggFunc):
            items.append(item)
            continue
        for source, table in names.tables(scope):
            if prefix and source.lower() != prefix.lower():
                continue
            for column in table.columns:
                made = exp.column(column.name, table=source)
                names.resolve(made, scope)
                items.append(exp.alias_(made, column.name, quoted=True, copy=False))
    select.set("expressions", items)


def _wrap(select: exp.Select, names: Resolver, dialect: str) -> None:
    from sqlglot import exp

    group = select.args.get("group")
    grouped = list(group.expressions) if group else []
    items = [item.unalias() for item in select.expressions]
    keys = [_replace_number(key, items) for key in grouped]
    places = {names.columns.get(id(key), ("", key.sql())) for key in keys}
    texts = {key.sql() for key in keys}
    extremes = [node for node in _aggregates(select) if isinstance(node, exp.AggFunc)]
    extreme = extremes[0] if len({node.sql() for node in extremes}) == 1 else None
    aliases = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
    for part in list(_parts(select)):
        for node in [one for one in _walk_own(part) if isinstance(one, exp.Column)]:
            if (
                names.columns.get(id(node), ("", node.sql())) in places
                or id(node) not in names.columns
                or isinstance(node.this, exp.Star)
                or _is_inside(node, part, texts)
                or (node.name.lower() in aliases and not node.table and isinstance(part, exp.Order))
            ):
                continue
            made = _some_value(node, extreme, names, dialect)
            names.remember(made, names.kind(node))
            if node.parent is select and not isinstance(made, exp.Column):
                made = exp.alias_(made, node.name, quoted=bool(node.this.args.get("quoted")))
            node.replace(made)


def _replace_number(key: exp.Expr, items: list[exp.Expr]) -> exp.Expr:
    """The select item that a number in GROUP BY means."""
    if key.is_int and 0 < int(key.name) <= len(items):
        return items[int(key.name) - 1]
    return key


def _is_inside(node: exp.Expr, part: exp.Expr, grouped: set[str]) -> bool:
    """Whether a column stands inside an aggregate, a window or a grouped expression."""
    from sqlglot import exp

    above: exp.Expr | None = node
    while above is not None:
        if isinstance(above, exp.AggFunc | exp.Window) or above.sql() in grouped:
            return True
        if above is part:
            return False
        above = above.parent
    return False


def _some_value(node: exp.Column, extreme: exp.Expr | None, names: Resolver, dialect: str) -> exp.Expr:
    """The value of some row of the group; beside a single MIN or MAX, of the row that has it."""
    from sqlglot import exp

    value = node.copy()
    is_extreme = isinstance(extreme, exp.Min | exp.Max) and not extreme.args.get("expressions")
    if dialect == "postgres":
        if is_extreme and extreme is not None:
            way = "DESC NULLS LAST" if isinstance(extreme, exp.Max) else "ASC NULLS LAST"
            text = f"(ARRAY_AGG({value.sql(dialect)} ORDER BY {extreme.this.sql(dialect)} {way}))[1]"
            return parse_expression(text, dialect)
        if names.kind(node) == "list":  # lists of unequal lengths make no array
            return exp.Anonymous(this="MIN", expressions=[value])
        return parse_expression(f"(ARRAY_AGG({value.sql(dialect)}))[1]", dialect)
    if dialect == "duckdb":
        if is_extreme and extreme is not None:
            kind = exp.ArgMax if isinstance(extreme, exp.Max) else exp.ArgMin
            return kind(this=value, expression=extreme.this.copy())
        return exp.First(this=value)
    if is_extreme and extreme is not None:
        way = "DESC" if isinstance(extreme, exp.Max) else "ASC"
        order = (
            f"GROUP_CONCAT({value.sql(dialect)} ORDER BY {extreme.this.sql(dialect)} {way} SEPARATOR '\\n')"
        )
        number = " + 0" if names.kind(node) in NUMBERS else ""
        return parse_expression(f"SUBSTRING_INDEX({order}, '\\n', 1){number}", dialect)
    return value  # MySQL takes the value of some row where ONLY_FULL_GROUP_BY does not hold
