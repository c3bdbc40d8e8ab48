"""The ten components of the exact set match, and the match as a whole.

Method: Yu et al. 2018, "Spider" (https://aclanthology.org/D18-1425), as the official programs
implement it.
Both statements must be in normal form (`normal_form`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from nshot.eval.spider.errors import OfficialCrashError
from nshot.eval.spider.statement import Condition, Conditions, SpiderStatement
from nshot.types import Component

_Totals: TypeAlias = tuple[int, int, int]


def conditions_of(conditions: Conditions) -> list[Condition]:
    """The conditions of a flat list, which are its elements at even positions.

    Raises:
        OfficialCrashError: One of them is a connector.
    """
    found: list[Condition] = []
    for condition in conditions[::2]:
        if isinstance(condition, str):
            raise OfficialCrashError(f"{condition!r} stands where a condition is expected")
        found.append(condition)
    return found


def condition_lists(statement: SpiderStatement) -> tuple[Conditions, Conditions, Conditions]:
    """The join conditions, WHERE and HAVING of the statement itself, without nested statements."""
    return statement.source.conditions, statement.where, statement.having


def _common(gold: Sequence[Any], predicted: Sequence[Any]) -> _Totals:
    """(items of gold, items of the prediction, items in their multiset intersection)."""
    # Multiset intersection: each predicted item uses up at most one equal gold item.
    left = list(gold)
    for item in predicted:
        if item in left:
            left.remove(item)
    return len(gold), len(predicted), len(gold) - len(left)


def _select(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    return _common(gold.select.items, predicted.select.items)


def _select_without_aggregates(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    return _common([item.unit for item in gold.select.items], [item.unit for item in predicted.select.items])


def _where(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    return _common(gold.where[::2], predicted.where[::2])


def _where_without_operators(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    return _common(
        [condition.unit for condition in conditions_of(gold.where)],
        [condition.unit for condition in conditions_of(predicted.where)],
    )


def _group_without_having(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    return _common(
        [unit.column[1] for unit in gold.group_by], [unit.column[1] for unit in predicted.group_by]
    )


def _group(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    grouped = bool(gold.group_by), bool(predicted.group_by)
    agree = (
        all(grouped)
        and [unit.column for unit in gold.group_by] == [unit.column for unit in predicted.group_by]
        and gold.having == predicted.having
    )
    return *grouped, agree


def _order(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    agree = (
        gold.order_by is not None
        and gold.order_by == predicted.order_by
        and (gold.limit is None) == (predicted.limit is None)
    )
    return gold.order_by is not None, predicted.order_by is not None, agree


def _connectors(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    """Counts of AND and OR: equal sets count as one common item.

    For unequal sets the official programs swap the two sizes, and so does this function.
    """
    ours, theirs = _connector_set(gold), _connector_set(predicted)
    return (1, 1, 1) if ours == theirs else (len(theirs), len(ours), 0)


def _connector_set(statement: SpiderStatement) -> set[Any]:
    # In the official structure a condition with a sub-query contains a dict, which no set can hold.
    connectors = statement.where[1::2]
    for connector in connectors:
        if isinstance(connector, Condition) and (
            isinstance(connector.value, SpiderStatement) or isinstance(connector.value2, SpiderStatement)
        ):
            raise OfficialCrashError("a condition with a sub-query follows another one without a connector")
    return set(connectors)


def _set_operations(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    ours, theirs = gold.follower, predicted.follower
    agree = (
        ours is not None
        and theirs is not None
        and gold.set_word == predicted.set_word
        and exact_match(ours, theirs, compare(ours, theirs))
    )
    return ours is not None, theirs is not None, agree


def _keywords(gold: SpiderStatement, predicted: SpiderStatement) -> _Totals:
    ours, theirs = _keyword_set(gold), _keyword_set(predicted)
    return len(ours), len(theirs), len(ours & theirs)


def _keyword_set(statement: SpiderStatement) -> set[str]:
    """Keywords of the statement itself, without nested statements."""
    words = {statement.set_word} if statement.set_word else set()
    if statement.where:
        words.add("where")
    if statement.group_by:
        words.add("group")
    if statement.having:
        words.add("having")
    if statement.order_by is not None:
        words.update(("order", statement.order_by.direction))
    if statement.limit is not None:
        words.add("limit")
    for conditions in condition_lists(statement):
        if not conditions:
            continue
        if "or" in conditions[1::2]:
            words.add("or")
        for condition in conditions_of(conditions):
            if condition.negated:
                words.add("not")
            if condition.comparison in ("in", "like"):
                words.add(condition.comparison)
    return words


_COUNTS: Final[dict[str, Callable[[SpiderStatement, SpiderStatement], _Totals]]] = {
    "select": _select,
    "select(no AGG)": _select_without_aggregates,
    "where": _where,
    "where(no OP)": _where_without_operators,
    "group(no Having)": _group_without_having,
    "group": _group,
    "order": _order,
    "and/or": _connectors,
    "IUEN": _set_operations,
    "keywords": _keywords,
}
COMPONENTS: Final = tuple(_COUNTS)
"""Names of the components, in the order of the official tables."""


def compare(gold: SpiderStatement, predicted: SpiderStatement) -> tuple[Component, ...]:
    """All components, in the order of COMPONENTS.

    Raises:
        OfficialCrashError: The official programs would raise an exception for this pair.
    """
    return tuple(Component(name, *map(int, count(gold, predicted))) for name, count in _COUNTS.items())


def exact_match(gold: SpiderStatement, predicted: SpiderStatement, components: Sequence[Component]) -> bool:
    """Whether all components score 1 and both statements read the same multiset of tables.

    Raises:
        OfficialCrashError: A FROM clause has several different sub-queries, which cannot be sorted.
    """
    if not all(component.score for component in components):
        return False
    ours, theirs = gold.source.units, predicted.source.units
    # The official program compares the sorted FROM units only if gold has any, and sorting fails for
    # two different sub-queries, which are dicts there.
    if not ours:
        return True
    if _unsortable(ours) or _unsortable(theirs):
        raise OfficialCrashError("a FROM clause holds two or more sub-queries that differ")
    return ours == theirs or Counter(ours) == Counter(theirs)


def _unsortable(units: Sequence[str | SpiderStatement]) -> bool:
    queries = [unit for unit in units if isinstance(unit, SpiderStatement)]
    return any(query != queries[0] for query in queries)
