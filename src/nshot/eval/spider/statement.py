"""What Spider's parser makes of a statement: nested immutable values, equal when the structure is equal.

The shape is that of the `sql` entries in Spider's JSON files, with words in place of code numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

ColumnName: TypeAlias = tuple[str, str]
"""Table and column, both lower-cased."""
STAR: Final[ColumnName] = ("", "*")
"""The star belongs to no table, however it was written."""


class ColumnUnit(NamedTuple):
    aggregate: str
    """max, min, count, sum or avg; empty for none."""
    column: ColumnName
    distinct: bool | None
    """None once it is normalised away."""


class ValueUnit(NamedTuple):
    operator: str
    """One of `- + * /`; empty for none."""
    left: ColumnUnit
    right: ColumnUnit | None


class SelectItem(NamedTuple):
    aggregate: str
    unit: ValueUnit


class SpiderSelect(NamedTuple):
    distinct: bool | None
    items: tuple[SelectItem, ...]


class Condition(NamedTuple):
    negated: bool
    comparison: str
    unit: ValueUnit
    value: Value
    value2: Value
    """The upper end of a BETWEEN."""


class From(NamedTuple):
    units: tuple[str | SpiderStatement, ...]
    """Tables by name, and sub-queries."""
    conditions: Conditions


class OrderBy(NamedTuple):
    direction: str
    """asc or desc, for the whole clause."""
    units: tuple[ValueUnit, ...]


class SpiderStatement(NamedTuple):
    select: SpiderSelect
    source: From
    where: Conditions
    group_by: tuple[ColumnUnit, ...]
    having: Conditions
    order_by: OrderBy | None
    limit: int | None
    set_word: str = ""
    """union, intersect or except; empty where no statement follows."""
    follower: SpiderStatement | None = None
    """The statement behind the set word. A level has room for one: a chain nests to the right."""


Value: TypeAlias = "float | str | ColumnUnit | SpiderStatement | None"
"""Strings keep their double quotes and letter case; None stands where there is no value."""
Conditions: TypeAlias = "tuple[Condition | str, ...]"
"""Flat: condition, connector, condition ... Whatever stands at an odd place counts as a connector, a
condition that follows another one without any connector included."""

EMPTY: Final = SpiderStatement(SpiderSelect(False, ()), From((), ()), (), (), (), None, None)
"""Stands for a prediction that does not parse."""
