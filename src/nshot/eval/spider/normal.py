"""What the exact set match forgives, taken out of a statement: values, DISTINCT, the choice of key column."""

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
    """`statement` as it is compared.

    Values are gone, except those within FROM; at the top level, and behind set words, DISTINCT is gone
    and columns joined by a foreign key are one column. Only columns of the outermost FROM are mapped so.

    Raises:
        OfficialCrashError: A connector stands where a condition is expected.
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
    arms = [statement]
    while arms[-1].follower is not None:
        arms.append(arms[-1].follower)
    changed = change(arms.pop())
    while arms:
        changed = change(arms.pop())._replace(follower=changed)
    return changed


def _without_values(statement: SpiderStatement) -> SpiderStatement:
    """A statement that is the value of a condition: it keeps its columns and DISTINCTs."""
    return _through_chain(statement, lambda arm: _change_conditions(arm, lambda unit: unit))


def _change_conditions(arm: SpiderStatement, change: _Change) -> SpiderStatement:
    """`arm` with its three condition lists without values and with changed value units."""
    source = arm.source
    if source.conditions:
        source = source._replace(conditions=_conditions(source.conditions, change))
    where, having = _conditions(arm.where, change), _conditions(arm.having, change)
    return arm._replace(source=source, where=where, having=having)


def _conditions(conditions: Conditions, change: _Change) -> Conditions:
    if not conditions:
        return conditions
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
