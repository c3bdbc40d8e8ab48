"""Spider's hardness of a gold statement, from its parsed structure before any normalisation."""

from __future__ import annotations

from nshot.eval.spider.components import condition_lists, conditions_of
from nshot.eval.spider.statement import ColumnUnit, SpiderStatement
from nshot.sql import Hardness


def structure_hardness(statement: SpiderStatement) -> Hardness:
    """The class of hardness: the first one whose conditions hold.

    Raises:
        OfficialCrashError: A connector is at a position where a condition is expected.
    """
    components, nested, others = hardness_counts(statement)
    if components <= 1 and others == 0 and nested == 0:
        return "easy"
    if nested == 0 and ((others <= 2 and components <= 1) or (components <= 2 and others < 2)):
        return "medium"
    if (
        (nested == 0 and others > 2 and components <= 2)
        or (nested == 0 and components == 3 and others <= 2)
        or (components <= 1 and others == 0 and nested <= 1)
    ):
        return "hard"
    return "extra"


def hardness_counts(statement: SpiderStatement) -> tuple[int, int, int]:
    """Numbers of clauses and joins, of nested statements, and of other constructs.

    Raises:
        OfficialCrashError: A connector is at a position where a condition is expected.
    """
    return _components(statement), _count_nested(statement), _others(statement)


def _components(statement: SpiderStatement) -> int:
    count = sum(map(bool, (statement.where, statement.group_by)))
    count += statement.order_by is not None
    count += statement.limit is not None
    count += max(len(statement.source.units) - 1, 0)
    for conditions in condition_lists(statement):
        count += conditions[1::2].count("or")
        count += sum(condition.comparison == "like" for condition in conditions_of(conditions))
    return count


def _count_nested(statement: SpiderStatement) -> int:
    """The number of direct children; sub-queries in FROM do not count."""
    return (statement.follower is not None) + sum(
        isinstance(value, SpiderStatement)
        for conditions in condition_lists(statement)
        for condition in conditions_of(conditions)
        for value in (condition.value, condition.value2)
    )


def _others(statement: SpiderStatement) -> int:
    items, group_by = statement.select.items, statement.group_by
    # len(where) counts conditions and connectors alike, so two conditions give 3.
    return (_aggregates(statement) > 1) + (len(items) > 1) + (len(statement.where) > 1) + (len(group_by) > 1)


def _aggregates(statement: SpiderStatement) -> int:
    """The number of aggregates as the official program counts them.

    It tests the first slot of each unit. In select items and column units that is the aggregate,
    but in conditions it is the negation. In HAVING it tests the connectors, too.
    """
    count = sum(bool(item.aggregate) for item in statement.select.items)
    count += sum(condition.negated for condition in conditions_of(statement.where))
    count += sum(bool(unit.aggregate) for unit in statement.group_by)
    if statement.order_by is not None:
        for unit in statement.order_by.units:
            count += sum(
                isinstance(side, ColumnUnit) and bool(side.aggregate) for side in (unit.left, unit.right)
            )
    return count + sum(isinstance(part, str) or part.negated for part in statement.having)
