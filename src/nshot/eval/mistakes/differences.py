"""The differences between two statements, by class."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlglot import exp

from nshot.eval.mistakes.classes import CLASSES
from nshot.eval.mistakes.conditions import Conditions, conditions
from nshot.eval.mistakes.names import StatementNames
from nshot.eval.mistakes.parts import (
    ColumnPair,
    Parts,
    first_arm,
    join_kinds,
    joins,
    nesting,
    parts,
    selects,
    set_operations,
)
from nshot.eval.mistakes.same_columns import SameColumns
from nshot.eval.mistakes.writing import Writer
from nshot.types import Schema


class _Side(NamedTuple):
    """One of the two statements."""

    tree: exp.Expr
    names: StatementNames
    write: Writer

    def tables(self) -> set[str]:
        return {table for select in selects(self.tree) for table in self.names.tables(select)}


def differences(gold: exp.Expr, predicted: exp.Expr, schema: Schema | None = None) -> tuple[str, ...]:
    """Classes of the differences, in the order of CLASSES; empty if there are none.

    Columns that a foreign key or the gold's join sets equal count as the same. If nothing else
    differs, the choice between such columns is the mistake. The order of the select items is
    treated in the same way.

    If the set operations or the number of sub-queries differ, the parts of sub-queries and of later
    SELECTs have no counterpart. Then only the first SELECTs are compared part by part, and
    conditions with a sub-query are left out.
    """
    names = StatementNames(gold, schema), StatementNames(predicted, schema)
    same = SameColumns(joins(gold, names[0]), schema)
    keys = _primary_keys(schema, same)
    sides = gold, predicted
    lenient = [
        _Side(tree, known, Writer(known, same, keys)) for tree, known in zip(sides, names, strict=True)
    ]
    none = SameColumns((), None)
    exact = [
        _Side(tree, known, Writer(known, none, frozenset())) for tree, known in zip(sides, names, strict=True)
    ]
    found = _compare(*lenient) or _compare(*exact) or _compare_order(*exact)
    return tuple(name for name in CLASSES if name in found)


def _primary_keys(schema: Schema | None, same: SameColumns) -> frozenset[str]:
    return frozenset(
        same.first(f"{table.name}.{table.primary_key[0]}".lower())
        for table in (schema.tables if schema else ())
        if len(table.primary_key) == 1
    )


def _compare(one: _Side, other: _Side) -> set[str]:
    found = set(_shape(one, other))
    alike = not found & {"set operation", "nesting"}
    found |= set(_compare_joins(one, other, alike))
    found |= set(
        _parts(*(parts(selects(s.tree) if alike else first_arm(s.tree), s.write) for s in (one, other)))
    )
    found |= set(_conditions(conditions(one.tree, one.write), conditions(other.tree, other.write), alike))
    return found


def _compare_order(one: _Side, other: _Side) -> set[str]:
    """Compare the order of the select items; it is checked last, because official comparisons
    ignore it.
    """
    gold, got = (parts(first_arm(side.tree), side.write).items for side in (one, other))
    return {"column"} if gold != got else set()


def _shape(gold: _Side, other: _Side) -> Iterable[str]:
    if set_operations(gold.tree) != set_operations(other.tree):
        yield "set operation"
    if nesting(gold.tree) != nesting(other.tree):
        yield "nesting"
    if gold.tables() != other.tables():
        yield "table"


def _compare_joins(gold: _Side, other: _Side, alike: bool) -> Iterable[str]:
    """Compare join conditions between the tables that both statements use."""
    common = gold.tables() & other.tables()
    wanted, got = (
        _groups(pair for pair in joins(side.tree, side.names) if all(_table(c) in common for c in pair))
        for side in (gold, other)
    )
    kinds = join_kinds(gold.tree), join_kinds(other.tree)
    sides = [{side for side in kind if side} for kind in kinds]
    number = alike and kinds[0].total() != kinds[1].total()
    if (alike or common == gold.tables()) and (wanted != got or number or sides[0] != sides[1]):
        yield "join"


def _table(column: str) -> str:
    return column.partition(".")[0]


def _groups(pairs: Iterable[ColumnPair]) -> set[frozenset[str]]:
    """Groups of columns that are equal through a chain of joins."""
    groups: dict[str, set[str]] = {}
    for one, other in pairs:
        group, added = groups.setdefault(one, {one}), groups.setdefault(other, {other})
        if group is not added:
            group |= added
            groups.update(dict.fromkeys(added, group))
    return {frozenset(group) for group in {id(group): group for group in groups.values()}.values()}


def _parts(gold: Parts, other: Parts) -> Iterable[str]:
    if gold.aggregates != other.aggregates:
        yield "aggregation"
    if gold.columns != other.columns or _is_rearranged(gold, other):
        yield "column"
    for name, wanted, got in (
        ("grouping", gold.groups, other.groups),
        ("ordering", gold.orders, other.orders),
        ("limit", gold.limits, other.limits),
        ("distinct", gold.distinct, other.distinct),
    ):
        if wanted != got:
            yield name


def _is_rearranged(gold: Parts, other: Parts) -> bool:
    """Whether the same columns and aggregates are combined in another way."""
    alike = gold.aggregates == other.aggregates and gold.distinct == other.distinct
    return alike and sorted(gold.items) != sorted(other.items)


def _conditions(gold: Conditions, other: Conditions, alike: bool) -> Iterable[str]:
    wanted, got = (
        (gold.masked + gold.nested, other.masked + other.nested) if alike else (gold.masked, other.masked)
    )
    if wanted != got or (alike and gold.ors != other.ors):
        yield "condition"
    common = [text for text in wanted if wanted[text] == got[text]]
    if any(gold.values[text] != other.values[text] for text in common):
        yield "value"
