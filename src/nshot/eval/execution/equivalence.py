"""Equivalence of two results, as in the official test-suite evaluation.

Source: `result_eq` of https://github.com/taoyds/test-suite-sql-eval, e97acc5 (Zhong, Yu and Klein
2020,
https://arxiv.org/abs/2010.02840).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from nshot.eval.execution.columns import some_order_fits
from nshot.eval.execution.result import BOTH_EMPTY, EQUAL, Match, ResultRows, shape_differs


def compare_results(gold: ResultRows, predicted: ResultRows, *, ordered: bool) -> Match:
    """Whether the results are equal up to the order of columns and, unless `ordered`, of rows.

    Values are compared by equality: 1 equals 1.0, 1 does not equal '1', and there is no tolerance.
    Two empty results are equal, whatever their columns.
    """
    if not gold and not predicted:
        return BOTH_EMPTY
    if differs := shape_differs(gold, predicted):
        return differs
    if repr(gold) == repr(predicted):
        return EQUAL
    if _content(gold, ordered) != _content(predicted, ordered):
        reordered = ordered and _content(gold, False) == _content(predicted, False)
        return Match(False, "row order" if reordered else "values")
    anyhow = [0] * len(gold)
    if some_order_fits(gold, predicted, list(range(len(gold))) if ordered else anyhow):
        return EQUAL
    reordered = ordered and some_order_fits(gold, predicted, anyhow)
    return Match(False, "row order" if reordered else "values")


def _content(rows: ResultRows, ordered: bool) -> Any:
    """The rows with their cells sorted: a list if `ordered`, otherwise a set, which drops repeated
    rows.

    Cells are sorted by their text, so equal numbers of different types may be sorted differently.
    Equal rows can then look different: (10, 105) and (10.0, 105) are different here, as in the
    official program.
    """
    sorted_rows = [tuple(sorted(row, key=_text_and_type)) for row in rows]
    return sorted_rows if ordered else set(sorted_rows)


def _text_and_type(cell: Any) -> str:
    # not cached: -0.0 and 0.0 are the same cache key but have different texts
    return f"{cell}<class 'float'>" if type(cell) is float else _text_of_others(cell)


@lru_cache(maxsize=1 << 16, typed=True)
def _text_of_others(cell: Any) -> str:
    return f"{cell}{type(cell)}"
