"""Find out whether the columns of one result can be reordered so that it equals another result.

Rows are tuples of hashable cells; cells are compared with Python's equality.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

HashableRows = Sequence[Sequence[Hashable]]


def some_order_fits(gold: HashableRows, predicted: HashableRows, groups: Sequence[int]) -> bool:
    """Whether some order of the columns of `predicted` gives the rows of `gold`.

    Args:
        gold: At least one row; all rows of both results have the same number of cells.
        predicted: As many rows as gold.
        groups: (rows,) group numbers. Rows with the same number may be swapped: all equal means any
            row order, all different means exactly this order.
    """
    ours = [tuple(column) for column in zip(*gold, strict=True)]
    theirs = [tuple(column) for column in zip(*predicted, strict=True)]
    if Counter(ours) == Counter(theirs):
        return True
    return len(set(groups)) < len(groups) and _search(ours, theirs, groups)


def _search(
    ours: list[tuple[Hashable, ...]], theirs: list[tuple[Hashable, ...]], groups: Sequence[int]
) -> bool:
    """Backtracking search for the column order, column by column.

    Before the search, rows and columns are divided into classes by colour refinement: a column can
    be matched only to a column of the same class. Of equal columns of `theirs` only one is tried,
    because they are interchangeable.
    """
    looks = _refine(ours, theirs, groups)
    if looks is None:
        return False
    (our_rows, their_rows), (our_looks, their_looks) = looks
    order = sorted(range(len(ours)), key=lambda i: our_looks.count(our_looks[i]))
    free = set(range(len(theirs)))

    def place(at: int, left: Sequence[int], right: Sequence[int]) -> bool:
        if at == len(order):
            return True
        column = ours[order[at]]
        tried: set[tuple[Hashable, ...]] = set()
        for j in sorted(free):
            if their_looks[j] != our_looks[order[at]] or theirs[j] in tried:
                continue
            tried.add(theirs[j])
            codes = _number([zip(left, column, strict=True), zip(right, theirs[j], strict=True)])
            if Counter(codes[0]) == Counter(codes[1]):
                free.remove(j)
                if place(at + 1, *codes):
                    return True
                free.add(j)
        return False

    return place(0, our_rows, their_rows)


def _refine(
    ours: list[tuple[Hashable, ...]], theirs: list[tuple[Hashable, ...]], groups: Sequence[int]
) -> tuple[list[list[int]], list[list[int]]] | None:
    """Classes of the rows and of the columns of both sides; None if they cannot be matched."""
    tables = (ours, theirs)
    columns = _number([map(_bag, table) for table in tables])
    seen = (0, 0)
    while True:
        lines = [
            _collect_crossings(mine, zip(*table, strict=True))
            for mine, table in zip(columns, tables, strict=True)
        ]
        rows = _number([zip(groups, line, strict=True) for line in lines])
        columns = _number([_collect_crossings(mine, table) for mine, table in zip(rows, tables, strict=True)])
        if Counter(rows[0]) != Counter(rows[1]) or Counter(columns[0]) != Counter(columns[1]):
            return None
        now = (len(set(rows[0])), len(set(columns[0])))
        if now == seen:
            return rows, columns
        seen = now


def _collect_crossings(classes: Sequence[int], lines: Iterable[Iterable[Any]]) -> list[Hashable]:
    """Collect for each row the multiset of its cells with their columns' classes; likewise for
    columns.
    """
    return [_bag(zip(classes, line, strict=True)) for line in lines]


def _bag(cells: Iterable[Any]) -> Hashable:
    """A hashable value that is equal for equal multisets."""
    return frozenset(Counter(cells).items())


def _number(sides: Sequence[Iterable[Any]]) -> list[list[int]]:
    """Replace every value of both sides by a number; equal values get the same number."""
    numbers: dict[Any, int] = {}
    return [[numbers.setdefault(value, len(numbers)) for value in side] for side in sides]
