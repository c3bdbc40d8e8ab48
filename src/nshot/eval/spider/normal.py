"""Remove from a statement what the exact set match ignores: values, DISTINCT, the choice of key
column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from nshot.eval.spider.errors import OfficialCrashError
from nshot.eval.spider.schema import SpiderSchema
from nshot.eval.spider.statement import (
    ColumnName,
    ColumnUnit,
    Condition,
    Conditions,
    OrderBy,
    SelectItem,
    SpiderSelect,
    SpiderStatement,
    Value,
    ValueUnit,
)

_Change: TypeAlias = Callable[[ValueUnit], ValueUnit]


def normal_form(
    statement: SpiderStatement, schema: SpiderSchema, classes: Mapping[ColumnName, ColumnName]
) -> SpiderStatement:
    """The statement in the form in which it is compared.

    Values are removed, except within FROM. At the top level and in the statements joined to it by
    set words, DISTINCT is removed and columns connected by a foreign key become the same column.
    Only columns of tables in the outermost FROM are replaced in this way.

    Raises:
        OfficialCrashError: A connector is at a position where a condition is expected.
    """
    mapped: dict[ColumnName, ColumnName] = {}
    if classes:
        tables = [unit for unit in statement.source.units if isinstance(unit, str)]
        for table in tables:
            for column in schema.columns[table].values():
                if column in classes:
                    mapped[column] = classes[column]

    def column_unit(unit: ColumnUnit) -> ColumnUnit:
        return ColumnUnit(unit.aggregate, mapped.get(unit.column, unit.column), None)

    def value_unit(unit: ValueUnit) -> ValueUnit:
        right = unit.right
        return ValueUnit(unit.operator, column_unit(unit.left), right and column_unit(right))

    def change(arm: SpiderStatement) -> SpiderStatement:
        items = tuple(SelectItem(item.aggregate, value_unit(item.unit)) for item in arm.select.items)
        order_by = arm.order_by
        if order_by is not None:
            order_by = OrderBy(order_by.direction, tuple(map(value_unit, order_by.units)))
        return _change_conditions(arm, value_unit)._replace(
            select=SpiderSelect(None, items),
            group_by=tuple(map(column_unit, arm.group_by)),
            order_by=order_by,
        )

    return _through_chain(statement, change)


def _through_chain(
    statement: SpiderStatement, change: Callable[[SpiderStatement], SpiderStatement]
) -> SpiderStatement:
    """`change` applied to a statement and to all that follow it by set words."""
    if statement.follower is None:
        return change(statement)
    # Without recursion, because a chain of set operations can be longer than Python's stack.
    arms = [statement]
    while arms[-1].follower is not None:
        arms.append(arms[-1].follower)
    changed = change(arms.pop())
    while arms:
        changed = change(arms.pop())._replace(follower=changed)
    return changed


def _without_values(statement: SpiderStatement) -> SpiderStatement:
    """A statement that is the value of a condition; it keeps its columns and DISTINCTs."""
    return _through_chain(statement, lambda arm: _change_conditions(arm, lambda unit: unit))


def _change_conditions(arm: SpiderStatement, change: _Change) -> SpiderStatement:
    """`arm` with its condition lists without values, and with `change` applied to value units."""
    source = arm.source
    if source.conditions:
        source = source._replace(conditions=_conditions(source.conditions, change))
    where, having = _conditions(arm.where, change), _conditions(arm.having, change)
    return arm._replace(source=source, where=where, having=having)


def _conditions(conditions: Conditions, change: _Change) -> Conditions:
    if not conditions:
        return conditions
    # Even positions hold the conditions, odd ones the connectors, which stay as they are.
    changed = list(conditions)
    for place in range(0, len(changed), 2):
        condition = changed[place]
        if isinstance(condition, str):
            raise OfficialCrashError(f"{condition!r} stands where a condition is expected")
        changed[place] = Condition(
            condition.negated,
            condition.comparison,
            change(condition.unit),
            _value(condition.value),
            _value(condition.value2),
        )
    return tuple(changed)


def _value(value: Value) -> SpiderStatement | None:
    return _without_values(value) if isinstance(value, SpiderStatement) else None
