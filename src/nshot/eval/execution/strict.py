"""Execution accuracy that is stricter than the official one where that is lenient, and fairer
elsewhere.

The texts are executed unchanged: DISTINCT stays and nothing is repaired. Rows are compared as a
multiset; if gold orders its final result, they are compared in order, but rows with equal sort keys
may come in any order. Numbers are equal within a tolerance, text is compared exactly, NULL equals
NULL.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nshot.eval.execution.blank import is_blank
from nshot.eval.execution.columns import some_order_fits
from nshot.eval.execution.order import final_order, ties
from nshot.eval.execution.result import BOTH_EMPTY, EQUAL, Match, ResultRows, shape_differs

if TYPE_CHECKING:
    from nshot.eval.config import EvalConfig
    from nshot.eval.execution.pair import ResultPair


def gold_text(sql: str, config: EvalConfig) -> str:
    """The gold SQL without semicolons at its end."""
    del config
    return sql.rstrip("; \t\r\n")


def candidates(predicted: str, gold: str, config: EvalConfig) -> Iterator[str]:
    """The prediction without semicolons at its end; nothing if it contains no statement."""
    del gold
    if not is_blank(predicted):
        yield gold_text(predicted, config)


def match(pair: ResultPair) -> Match:
    """Whether the results are equal; `Match.kind` says whether tolerance or ties were needed."""
    if not pair.gold and not pair.predicted:
        return BOTH_EMPTY
    if differs := shape_differs(pair.gold, pair.predicted):
        return differs
    exact = pair.gold, pair.predicted
    near = level_numbers(*exact, tolerance=pair.config.tolerance)
    fixed = pair.config.columns == "fixed"
    rows = list(range(len(pair.gold))) if final_order(pair.gold_text) else [0] * len(pair.gold)
    if _fits(*exact, rows, fixed=fixed):
        return EQUAL
    if _fits(*near, rows, fixed=fixed):
        return Match(True, "tolerance")
    if rows[-1]:
        groups = ties(pair.gold_text, pair.gold, pair.run)
        if groups is not None and _fits(*near, groups, fixed=fixed):
            return Match(True, "ties")
    return _difference(near, rows, fixed=fixed)


def _difference(tables: tuple[ResultRows, ResultRows], rows: Sequence[int], *, fixed: bool) -> Match:
    """The kind of mismatch: only the row order, only the column order, or the values."""
    anyhow = [0] * len(rows)
    if _fits(*tables, anyhow, fixed=fixed):
        return Match(False, "row order")
    if fixed and _fits(*tables, anyhow, fixed=False):
        return Match(False, "column order")
    return Match(False, "values")


def level_numbers(
    gold: ResultRows, predicted: ResultRows, *, tolerance: float
) -> tuple[ResultRows, ResultRows]:
    """Both results, with numbers that are within the tolerance of each other made equal.

    All numbers of both results are sorted. Neighbours within `tolerance` (relative to the larger
    one, or absolute) count as the same number, so a chain of near numbers is one number. Two whole
    numbers are the same only if they are equal, even within such a chain: keys and telephone
    numbers have no tolerance.
    """
    numbers = {cell for table in (gold, predicted) for row in table for cell in row if _is_number(cell)}
    same: dict[Any, Any] = {}
    before: Any = None
    whole: Any = None  # the whole number in the current chain of equal numbers, if it has one
    for number in sorted(numbers):
        near = before is not None and _near(before, number, tolerance)
        if not near or (whole is not None and _is_whole(number)):
            before, whole = None, None
        same[number] = number if before is None else same[before]
        whole = number if _is_whole(number) else whole
        before = number
    if all(number == value for number, value in same.items()):
        return gold, predicted
    return _replace_numbers(gold, same), _replace_numbers(predicted, same)


def _replace_numbers(table: ResultRows, same: dict[Any, Any]) -> ResultRows:
    return [tuple(same[cell] if _is_number(cell) else cell for cell in row) for row in table]


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float)


def _near(a: float, b: float, tolerance: float) -> bool:
    if a == b or math.isinf(a) or math.isinf(b) or (_is_whole(a) and _is_whole(b)):
        return a == b
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or number.is_integer()


def _fits(gold: ResultRows, predicted: ResultRows, groups: Sequence[int], *, fixed: bool) -> bool:
    """Whether the rows agree group by group, each group compared as a multiset."""
    if fixed:
        return Counter(zip(groups, gold, strict=True)) == Counter(zip(groups, predicted, strict=True))
    return some_order_fits(gold, predicted, groups)
