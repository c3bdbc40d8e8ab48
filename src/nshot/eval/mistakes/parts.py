"""Split a statement into the parts that the classes of mistakes compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from sqlglot import exp

from nshot.eval.mistakes.names import StatementNames
from nshot.eval.mistakes.writing import Writer

ColumnPair = tuple[str, str]


@dataclass(slots=True)
class Parts:
    """Parts of some SELECTs of a statement together; the texts are written by `Writer`."""

    items: list[str] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)
    """Selected columns, outside `count(...)`."""
    aggregates: Counter[str] = field(default_factory=Counter)
    """Names of aggregate functions; `count` with a star is a name of its own."""
    distinct: Counter[str] = field(default_factory=Counter)
    groups: Counter[frozenset[str]] = field(default_factory=Counter)
    orders: Counter[tuple[str, ...]] = field(default_factory=Counter)
    limits: Counter[str] = field(default_factory=Counter)


def selects(tree: exp.Expr) -> list[exp.Select]:
    """All SELECTs, from the outside in and from left to right."""
    return list(tree.find_all(exp.Select))


def first_arm(tree: exp.Expr) -> list[exp.Select]:
    """The leftmost SELECT of the outermost level."""
    node: exp.Expr | None = tree
    while isinstance(node, exp.SetOperation | exp.Subquery | exp.Paren):
        node = node.this
    return [node] if isinstance(node, exp.Select) else []


def set_operations(tree: exp.Expr) -> Counter[str]:
    """Counts of UNION, INTERSECT and EXCEPT; those with ALL are counted separately."""
    return Counter(
        node.key + (" all" if node.args.get("distinct") is False else "")
        for node in tree.find_all(exp.SetOperation)
    )


def nesting(tree: exp.Expr) -> int:
    """Number of SELECTs inside others, not counting the arms of set operations."""
    return len(selects(tree)) - set_operations(tree).total() - 1


def joins(tree: exp.Expr, names: StatementNames) -> frozenset[ColumnPair]:
    """Columns set equal in ON, USING or WHERE: sorted pairs of `table.column`."""
    found: set[ColumnPair] = set()
    for node in tree.find_all(exp.EQ):
        pair = _pair(node, names)
        if pair:
            found.add(pair)
    for join in tree.find_all(exp.Join):
        select = join.find_ancestor(exp.Select)
        for name in join.args.get("using") or ():
            tables = sorted(set(names.tables(select))) if select else []
            column = name.name.lower()
            found.update((f"{one}.{column}", f"{other}.{column}") for one, other in pairwise(tables))
    return frozenset(found)


def join_kinds(tree: exp.Expr) -> Counter[str]:
    """Number of joins by side: `left`, or empty for an inner join."""
    return Counter(str(join.args.get("side") or "").lower() for join in tree.find_all(exp.Join))


def _pair(node: exp.EQ, names: StatementNames) -> ColumnPair | None:
    if not isinstance(node.this, exp.Column) or not isinstance(node.expression, exp.Column):
        return None
    sides = names.column(node.this), names.column(node.expression)
    if not isinstance(sides[0], str) or not isinstance(sides[1], str):
        return None
    one, other = sorted(map(str, sides))
    return one, other


def parts(chosen: Iterable[exp.Select], write: Writer) -> Parts:
    """The parts of the given SELECTs."""
    found = Parts()
    for select in chosen:
        for item in select.expressions:
            found.items.append(write(item))
            found.columns.update(_list_columns(item, write))
        own = [
            node
            for root in _find_aggregate_places(select)
            for node in root.find_all(exp.AggFunc)
            if write.names.select_around(node) is select
        ]
        found.aggregates.update(_aggregate(node, write) for node in own)
        found.distinct["aggregate"] += sum(isinstance(node.this, exp.Distinct) for node in own)
        found.distinct["select"] += select.args.get("distinct") is not None
        group = select.args.get("group")
        if group is not None:
            keys = [_resolve_key(key, select) for key in group.expressions]
            found.groups[_drop_determined(keys, write)] += 1
        for query in _with_own_order(select):
            order, limit = query.args.get("order"), query.args.get("limit")
            if order is not None:
                found.orders[tuple(_order_key(key, select, write) for key in order.expressions)] += 1
            if limit is not None:
                found.limits[limit.sql()] += 1
    return found


def _list_columns(item: exp.Expr, write: Writer) -> list[str]:
    inner = item.unalias()
    return ["*"] if inner.is_star and not isinstance(inner, exp.Count) else write.first_columns(inner)


def _aggregate(node: exp.Expr, write: Writer) -> str:
    if not isinstance(node, exp.Count):
        return node.key
    return "count(*)" if write(node) == "count(*)" or isinstance(node.this, exp.Distinct) else "count(x)"


def _find_aggregate_places(select: exp.Select) -> Iterator[exp.Expr]:
    """The expressions in which a SELECT may have aggregates; aliases in ORDER BY are resolved."""
    yield from select.expressions
    having, order = select.args.get("having"), select.args.get("order")
    if having is not None:
        yield having
    for key in order.expressions if order is not None else ():
        yield _resolve_key(key.this, select)


def _with_own_order(select: exp.Select) -> Iterator[exp.Expr]:
    """The SELECT, and the set operations of which it is the leftmost arm."""
    yield select
    node: exp.Expr = select
    while isinstance(node.parent, exp.SetOperation) and node.parent.this is node:
        node = node.parent
        yield node


def _resolve_key(key: exp.Expr, select: exp.Select) -> exp.Expr:
    """The expression for a key of GROUP BY or ORDER BY, which may be a position or an alias."""
    items = select.expressions
    if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.name) <= len(items):
        place: exp.Expr = items[int(key.name) - 1].unalias()
        return place
    if isinstance(key, exp.Column) and not key.table:
        for item in items:
            if isinstance(item, exp.Alias) and item.alias.lower() == key.name.lower():
                meant: exp.Expr = item.this
                return meant
    return key


def _drop_determined(keys: list[exp.Expr], write: Writer) -> frozenset[str]:
    """The keys, without columns that are determined by a primary key among them."""
    texts = {write(key) for key in keys}
    primary = texts & write.keys
    own = {
        str(write.names.column(key)) for key in keys if isinstance(key, exp.Column) and write(key) in primary
    }
    owners = {column.partition(".")[0] for column in own | primary}
    return frozenset(
        text for text in texts if text in primary or text.partition(".")[0] not in owners or "(" in text
    )


def _order_key(key: exp.Expr, select: exp.Select, write: Writer) -> str:
    inner = key.this if isinstance(key, exp.Ordered) else key
    direction = "desc" if key.args.get("desc") else "asc"
    return f"{write(_resolve_key(inner, select))} {direction}"
