"""A parsed statement: nested immutable values that are equal if the structure is equal.

The structure is that of the `sql` entries in Spider's JSON files, with words in place of code
numbers.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

ColumnName: TypeAlias = tuple[str, str]
"""Table and column, both in lower case."""
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
    """union, intersect or except; empty if no statement follows."""
    follower: SpiderStatement | None = None
    """The statement after the set word. There is room for one, so a chain nests to the right."""


Value: TypeAlias = "float | str | ColumnUnit | SpiderStatement | None"
"""Strings keep their double quotes and letter case; None means that there is no value."""
Conditions: TypeAlias = "tuple[Condition | str, ...]"
"""A flat list: condition, connector, condition ... Whatever is at an odd position counts as a
connector, even a condition that follows another one without a connector."""

EMPTY: Final = SpiderStatement(SpiderSelect(False, ()), From((), ()), (), (), (), None, None)
"""Replaces a prediction that cannot be parsed."""
