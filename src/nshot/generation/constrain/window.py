"""The rules of ORDER BY, and of what may follow an aggregate: FILTER and OVER."""

from __future__ import annotations

from typing import Final

from nshot.generation.constrain.items import Call, Literal, OneOf, Sequences, call

_FRAMES: Final = OneOf(("rows", "range"))
_BEGINNINGS: Final = OneOf(("unbounded preceding", "current row"))
_ENDS: Final = OneOf(("current row", "unbounded following"))
_DIRECTIONS: Final = OneOf(("asc", "desc"))
_NULLS: Final = OneOf(("nulls first", "nulls last"))


def ordering(term: Call) -> Sequences:
    """The list behind ORDER BY; each entry is a `term`."""
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
    yield _FRAMES, "between", _BEGINNINGS, "and", _ENDS
    yield "rows", "between", Literal.WHOLE, "preceding", "and", _ENDS
    yield "rows", "between", _BEGINNINGS, "and", Literal.WHOLE, "following"
    yield "rows", "between", Literal.WHOLE, "preceding", "and", Literal.WHOLE, "following"
