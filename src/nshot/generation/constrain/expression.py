"""The rules of conditions and values.

`many` says whether aggregates may stand here: not in WHERE, ON, GROUP BY, nor inside of aggregates.
"""

from __future__ import annotations

from typing import Final

from nshot.generation.constrain.functions import MANY, Calls, aggregate, ranking, scalar
from nshot.generation.constrain.items import Call, Item, Literal, OneOf, Sequences, call
from nshot.generation.constrain.scope import Scope

_COMPARISONS: Final = OneOf(("=", "!=", "<", "<=", ">", ">="))
_LIKE: Final = {
    "sqlite": OneOf(("like", "glob")),
    "postgres": OneOf(("like", "ilike", "~", "~*", "similar to")),
}
_ARITHMETIC: Final = OneOf(("+", "-", "*", "/", "%", "||"))
_NUMERIC: Final = ("integer", "int", "bigint", "real", "float", "double precision", "numeric", "decimal")
_TYPES: Final = OneOf((*_NUMERIC, "text", "varchar", "date", "timestamp", "boolean", "blob"))
_AND_OR: Final = OneOf(("and", "or"))
_MIN_MAX: Final = OneOf(("min(", "max("))
_FIRST_LAST: Final = OneOf(("first", "last"))
_CONSTANTS: Final = OneOf(("null", "true", "false", "current_date", "current_timestamp"))
_UNITS: Final = OneOf(("year", "month", "day", "hour", "minute", "second", "dow", "quarter", "week"))
_RANGE: Final = OneOf(("rows", "range"))
_EDGES: Final = OneOf(("unbounded preceding", "unbounded following", "current row"))
_SIDES: Final = OneOf(("preceding", "following"))


def condition(scope: Scope, many: bool) -> Sequences:
    yield call(_unit, scope, many), call(_more_units, scope, many)


def _more_units(scope: Scope, many: bool) -> Sequences:
    yield ()
    yield _AND_OR, call(condition, scope, many)


def _unit(scope: Scope, many: bool) -> Sequences:
    yield "not", call(_unit, scope, many)
    yield "exists", "(", _query(scope, None), ")"
    yield "(", call(condition, scope, many), ")"
    yield call(value, scope, many), call(_comparison, scope, many)
    yield (scope.flags,)


def _comparison(scope: Scope, many: bool) -> Sequences:
    operand = call(value, scope, many)
    yield _COMPARISONS, operand
    yield call(_maybe_not), "in", "(", call(_members, scope, many), ")"
    yield call(_maybe_not), "between", operand, "and", operand
    yield call(_maybe_not), _LIKE.get(scope.names.dialect, _LIKE["sqlite"]), operand, call(_escape)
    yield "is", call(_maybe_not), _CONSTANTS


def _maybe_not() -> Sequences:
    yield ()
    yield ("not",)


def _escape() -> Sequences:
    yield ()
    yield "escape", Literal.STRING


def _members(scope: Scope, many: bool) -> Sequences:
    yield (_query(scope, 1),)
    yield (call(_values, scope, many),)


def _values(scope: Scope, many: bool) -> Sequences:
    yield call(value, scope, many), call(_more_values, scope, many)


def _more_values(scope: Scope, many: bool) -> Sequences:
    yield ()
    yield ",", call(_values, scope, many)


def either(scope: Scope, many: bool) -> Sequences:
    """A value or a condition."""
    yield (call(value, scope, many),)
    yield (call(condition, scope, many),)


def value(scope: Scope, many: bool) -> Sequences:
    yield call(_operand, scope, many), call(_more_operands, scope, many)


def _more_operands(scope: Scope, many: bool) -> Sequences:
    yield ()
    yield _ARITHMETIC, call(value, scope, many)


def _operand(scope: Scope, many: bool) -> Sequences:
    yield (scope.columns,)
    yield (Literal.STRING,)
    yield (Literal.NUMBER,)
    yield (_CONSTANTS,)
    yield "-", call(_operand, scope, many)
    yield "(", call(value, scope, many), ")"
    yield "(", _query(scope, 1), ")"
    yield "case", call(_case, scope, many)
    yield "cast(", call(value, scope, many), "as", _TYPES, ")"
    yield from _calls(scalar(scope.names.dialect), scope, many)
    if scope.names.dialect == "postgres":
        yield "extract(", _UNITS, "from", call(value, scope, many), ")"
        yield "interval", Literal.STRING
    if many:
        yield from _aggregates(scope)
    else:
        yield _MIN_MAX, *_arguments(scope, 2, MANY, False), ")"


def _calls(functions: Calls, scope: Scope, many: bool, *end: Item) -> Sequences:
    for names, least, most in functions:
        yield (names, *_arguments(scope, least, most, many), ")", *end)


def _arguments(scope: Scope, least: int, most: int, many: bool) -> tuple[Item, ...]:
    return (call(_some, scope, least, most, many),) if most else ()


def _some(scope: Scope, least: int, most: int, many: bool) -> Sequences:
    if least < 1:
        yield ()
    yield call(either, scope, many), call(_rest, scope, least - 1, most - 1, many)


def _rest(scope: Scope, least: int, most: int, many: bool) -> Sequences:
    if least < 1:
        yield ()
    if most > 0:
        yield ",", call(either, scope, many), call(_rest, scope, least - 1, most - 1, many)


def _aggregates(scope: Scope) -> Sequences:
    end = (call(_filter, scope), call(_maybe_over, scope))
    yield "count(", "*", ")", *end
    for names, least, most in aggregate(scope.names.dialect):
        yield names, call(_distinct), *_arguments(scope, least, most, False), ")", *end
    yield from _calls(ranking(), scope, True, call(_over, scope))


def _distinct() -> Sequences:
    yield ()
    yield ("distinct",)


def _filter(scope: Scope) -> Sequences:
    yield ()
    yield "filter", "(", "where", call(condition, scope, False), ")"


def _maybe_over(scope: Scope) -> Sequences:
    yield ()
    yield (call(_over, scope),)


def _over(scope: Scope) -> Sequences:
    yield "over", "(", call(_partition, scope), call(_window_order, scope), ")"


def _partition(scope: Scope) -> Sequences:
    yield ()
    yield "partition", "by", call(_values, scope, True)


def _window_order(scope: Scope) -> Sequences:
    yield ()
    yield "order", "by", call(ordering, scope), call(_frame)


def _frame() -> Sequences:
    yield ()
    yield _RANGE, "between", call(_edge), "and", call(_edge)


def _edge() -> Sequences:
    yield (_EDGES,)
    yield Literal.NUMBER, _SIDES


def ordering(scope: Scope) -> Sequences:
    """What stands behind ORDER BY."""
    yield call(either, scope, True), call(_direction), call(_more_ordering, scope)


def _more_ordering(scope: Scope) -> Sequences:
    yield ()
    yield ",", call(ordering, scope)


def _direction() -> Sequences:
    for collation in ((), ("collate", "nocase")):
        for direction in ((), ("asc",), ("desc",)):
            yield (*collation, *direction)
            yield (*collation, *direction, "nulls", _FIRST_LAST)


def _case(scope: Scope, many: bool) -> Sequences:
    yield (call(_branches, scope, many, condition),)
    yield call(value, scope, many), call(_branches, scope, many, value)


def _branches(scope: Scope, many: bool, test: object) -> Sequences:
    result = call(value, scope, many)
    yield "when", Call(test, (scope, many)), "then", result, call(_next_branch, scope, many, test)  # type: ignore[arg-type]


def _next_branch(scope: Scope, many: bool, test: object) -> Sequences:
    yield (call(_branches, scope, many, test),)
    yield "else", call(value, scope, many), "end"
    yield ("end",)


def _query(scope: Scope, width: int | None) -> Call:
    from nshot.generation.constrain.query import query  # each of the two files needs the other

    return call(query, scope.inner(), width)
