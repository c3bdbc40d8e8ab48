"""The rules of conditions and values, with ORDER BY and what may follow an aggregate: FILTER and
OVER.

A bracket may open a condition or a value, and a recogniser cannot look ahead. The decision is
therefore postponed: `either` reads the content and returns (`Give`) which of the two it was, and
the rule around it continues with that (`Take`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from nshot.generation.constrain.functions import MANY, aggregate, ranking, scalar
from nshot.generation.constrain.items import Call, Give, Item, OneOf, Sequences, Take, call
from nshot.generation.constrain.items import Literal as Free
from nshot.generation.constrain.limits import Calls
from nshot.generation.constrain.scope import VisibleNames

Extent = Literal["one row", "groups", "windows"]
"""What a value may be computed from: one row (WHERE, ON, GROUP BY, inside aggregates), also
aggregates (HAVING, inside OVER), or also window functions (SELECT, ORDER BY)."""

Kind = Literal["value", "condition"]
Wanted = Literal["condition", "either"]

_COMPARISONS: Final = OneOf(("=", "!=", "<", "<=", ">", ">="))
_PATTERNS: Final = {
    "postgres": OneOf(("ilike", "~", "~*", "similar to")),
    "duckdb": OneOf(("ilike", "glob", "similar to")),
    "mysql": OneOf(("regexp", "rlike")),
}
_GLOB: Final = OneOf(("glob",))
_ESCAPES: Final = OneOf(f"'{mark}'" for mark in "\\/!#$^|~")
_ARITHMETIC: Final = OneOf(("+", "-", "*", "/", "%", "||"))
_NUMERIC: Final = ("integer", "int", "bigint", "real", "float", "double precision", "numeric", "decimal")
_TYPES: Final = OneOf((*_NUMERIC, "text", "varchar", "date", "timestamp", "boolean", "blob"))
_CONSTANTS: Final = OneOf(("null", "true", "false", "current_date", "current_timestamp"))
_TRUTHS: Final = OneOf(("null", "true", "false"))
_FIELDS: Final = OneOf(("year", "month", "day", "hour", "minute", "second", "dow", "quarter", "week"))
_AND_OR: Final = OneOf(("and", "or"))
_FRAMES: Final = OneOf(("rows", "range"))
_BEGINNINGS: Final = OneOf(("unbounded preceding", "current row"))
_ENDS: Final = OneOf(("current row", "unbounded following"))
_DIRECTIONS: Final = OneOf(("asc", "desc"))
_NULLS: Final = OneOf(("nulls first", "nulls last"))


def condition(scope: VisibleNames, extent: Extent) -> Sequences:
    """Predicates with AND, OR, NOT and brackets."""
    yield (call(_expression, scope, extent, "condition"),)


def either(scope: VisibleNames, extent: Extent) -> Sequences:
    """A value or a condition; its result (`Give`) says which of them it is.

    Every beginning has one reading, so that nested brackets and functions do not double the
    readings.
    """
    yield (call(_expression, scope, extent, "either"),)


def _expression(scope: VisibleNames, extent: Extent, wanted: Wanted) -> Sequences:
    after_value = call(_after_value, scope, extent, wanted)
    after_condition = call(_after_condition, scope, extent)
    # NOT takes the whole condition after it; so `not a = b` needs no rule for how strongly it binds.
    yield "not", call(condition, scope, extent)
    if scope.depth.takes_subqueries:
        yield "exists", "(", _subquery(scope, None), ")", after_condition
    # One rule for both: with a sequence for a condition and one for a value, n brackets had 2^n readings.
    yield "(", call(either, scope, extent), Take(_parenthesis, (scope, extent, wanted))
    # A column of truth values is in `scope.columns`, too: it may be compared, or be a condition by itself.
    yield scope.flags, after_condition
    yield call(_operand, scope, extent), call(_more_operands, scope, extent), after_value


def _parenthesis(scope: VisibleNames, extent: Extent, wanted: Wanted, kind: Kind) -> Sequences:
    if kind == "condition":
        yield ")", call(_after_condition, scope, extent)
    else:
        yield ")", call(_more_operands, scope, extent), call(_after_value, scope, extent, wanted)


def _after_value(scope: VisibleNames, extent: Extent, wanted: Wanted) -> Sequences:
    # Where a condition is wanted, a value must go on to a comparison.
    if wanted == "either":
        yield (Give("value"),)
    yield call(_predicate, scope, extent), call(_after_condition, scope, extent)


def _after_condition(scope: VisibleNames, extent: Extent) -> Sequences:
    yield (Give("condition"),)
    yield _AND_OR, call(condition, scope, extent)


def _predicate(scope: VisibleNames, extent: Extent) -> Sequences:
    # Alternatives differ in their first lexeme after NOT, so no text has two readings here.
    operand, maybe_not = call(value, scope, extent), call(_maybe_not)
    yield _COMPARISONS, operand
    yield maybe_not, "in", "(", call(_members, scope, extent), ")"
    yield maybe_not, "between", operand, "and", operand
    yield maybe_not, "like", operand, call(_maybe_escape)
    yield maybe_not, _PATTERNS.get(scope.names.dialect, _GLOB), operand
    yield "is", maybe_not, _TRUTHS


def _maybe_not() -> Sequences:
    yield ()
    yield ("not",)


def _maybe_escape() -> Sequences:
    yield ()
    yield "escape", _ESCAPES


def _members(scope: VisibleNames, extent: Extent) -> Sequences:
    if scope.depth.takes_subqueries:
        yield (_subquery(scope, 1),)
    yield (call(_values, scope, extent),)


def _values(scope: VisibleNames, extent: Extent) -> Sequences:
    yield call(value, scope, extent), call(_more_values, scope, extent)


def _more_values(scope: VisibleNames, extent: Extent) -> Sequences:
    yield ()
    yield ",", call(_values, scope, extent)


def value(scope: VisibleNames, extent: Extent) -> Sequences:
    """Operands with arithmetic between them."""
    more = call(_more_operands, scope, extent)
    yield call(_operand, scope, extent), more
    yield "(", call(value, scope, extent), ")", more


def _more_operands(scope: VisibleNames, extent: Extent) -> Sequences:
    yield ()
    yield _ARITHMETIC, call(value, scope, extent)


def _operand(scope: VisibleNames, extent: Extent) -> Sequences:
    """One operand, except a value in brackets: the callers read brackets, each in its own way."""
    inside, dialect, limits = call(value, scope, extent), scope.names.dialect, scope.names.limits
    for lexeme in (scope.columns, Free.STRING, Free.NUMBER, _CONSTANTS):
        yield (lexeme,)
    yield "-", call(_negation, scope, extent)
    if scope.depth.takes_subqueries:
        yield "(", _subquery(scope, 1), ")"
    # The word after `case` decides which CASE it is: `when` (conditions), or a value to compare.
    yield "case", call(_case, scope, extent)
    # `limits.calls` gives names with the opening bracket, `cast(`: a column `cast` is another lexeme.
    for cast in limits.calls("cast"):
        yield cast, inside, "as", _TYPES, ")"
    yield from _calls(limits.of(scalar(dialect)), scope, extent)
    if dialect == "sqlite":
        for formats in limits.calls("strftime", "printf"):
            yield formats, Free.STRING, call(_more_arguments, scope, 0, MANY, extent), ")"
    if dialect in ("postgres", "duckdb", "mysql"):
        for extract in limits.calls("extract"):
            yield extract, _FIELDS, "from", inside, ")"
    if dialect in ("postgres", "duckdb"):
        yield "interval", Free.STRING
    if extent == "one row":
        if limits.functions is None:  # where they are listed, the aggregates are meant
            yield from (
                (names, call(_arguments, scope, 2, MANY, extent), ")") for names in limits.calls("min", "max")
            )
    else:
        yield from _aggregates(scope, extent)


def _negation(scope: VisibleNames, extent: Extent) -> Sequences:
    yield (call(_operand, scope, extent),)
    yield "(", call(value, scope, extent), ")"


def _calls(functions: Calls, scope: VisibleNames, extent: Extent, *end: Item) -> Sequences:
    for names, least, most in functions:
        yield names, call(_arguments, scope, least, most, extent), ")", *end


def _arguments(scope: VisibleNames, least: int, most: int, extent: Extent) -> Sequences:
    # `least` and `most` count what is still to come: each argument read lowers both by one, and `)` may come
    # where none is needed any more.
    if least < 1:
        yield ()
    if most > 0:
        yield call(either, scope, extent), call(_more_arguments, scope, least - 1, most - 1, extent)


def _more_arguments(scope: VisibleNames, least: int, most: int, extent: Extent) -> Sequences:
    if least < 1:
        yield ()
    if most > 0:
        yield ",", call(_arguments, scope, max(least, 1), most, extent)


def _aggregates(scope: VisibleNames, extent: Extent) -> Sequences:
    # No aggregate inside an aggregate: its arguments see one row. OVER may use aggregates of the group.
    term, windows, limits = call(either, scope, "groups"), extent == "windows", scope.names.limits
    rows = call(filter_clause, call(condition, scope, "one row"))
    end = (rows, *((call(maybe_over, term),) if windows else ()))
    for count in limits.calls("count"):
        yield count, "*", ")", *end
    for names, least, most in limits.of(aggregate(scope.names.dialect)):
        yield names, call(_arguments, scope, least, most, "one row"), ")", *end
        if least == 1:
            yield names, "distinct", call(either, scope, "one row"), ")", rows
    if windows:
        yield from _calls(limits.of(ranking()), scope, "groups", call(over, term))


def _case(scope: VisibleNames, extent: Extent) -> Sequences:
    yield (call(_branches, scope, extent, condition),)
    yield call(value, scope, extent), call(_branches, scope, extent, value)


def _branches(
    scope: VisibleNames, extent: Extent, test: Callable[[VisibleNames, Extent], Sequences]
) -> Sequences:
    result = call(value, scope, extent)
    yield "when", call(test, scope, extent), "then", result, call(_next_branch, scope, extent, test)


def _next_branch(
    scope: VisibleNames, extent: Extent, test: Callable[[VisibleNames, Extent], Sequences]
) -> Sequences:
    yield (call(_branches, scope, extent, test),)
    yield "else", call(value, scope, extent), "end"
    yield ("end",)


def _subquery(scope: VisibleNames, width: int | None) -> Call:
    return call(scope.names.query, scope.inner(), width)


def ordering(term: Call) -> Sequences:
    """The list after ORDER BY; each entry is a `term`."""
    yield term, call(_direction), call(_more_ordering, term)


def _more_ordering(term: Call) -> Sequences:
    yield ()
    yield ",", call(ordering, term)


def _direction() -> Sequences:
    for collation in ((), ("collate", "nocase")):
        yield collation
        yield (*collation, _DIRECTIONS)
        yield (*collation, _NULLS)
        yield (*collation, _DIRECTIONS, _NULLS)


def filter_clause(test: Call) -> Sequences:
    """Nothing, or FILTER with a condition."""
    yield ()
    yield "filter", "(", "where", test, ")"


def maybe_over(term: Call) -> Sequences:
    """Nothing, or OVER."""
    yield ()
    yield (call(over, term),)


def over(term: Call) -> Sequences:
    """OVER with its window, which a `term` may partition and order."""
    yield "over", "(", call(_partition, term), call(_order, term), ")"


def _partition(term: Call) -> Sequences:
    yield ()
    yield "partition", "by", call(_terms, term)


def _terms(term: Call) -> Sequences:
    yield (term,)
    yield term, ",", call(_terms, term)


def _order(term: Call) -> Sequences:
    yield ()
    yield "order", "by", call(ordering, term), call(_frame)


def _frame() -> Sequences:
    yield ()
    # Only frames that begin before they end; numbers of rows make sense for ROWS alone, not for RANGE.
    yield _FRAMES, "between", _BEGINNINGS, "and", _ENDS
    yield "rows", "between", Free.WHOLE, "preceding", "and", _ENDS
    yield "rows", "between", _BEGINNINGS, "and", Free.WHOLE, "following"
    yield "rows", "between", Free.WHOLE, "preceding", "and", Free.WHOLE, "following"
