"""Whether a statement orders its final result, and which rows of that result have equal sort keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from nshot.eval.execution.result import ResultRows
from nshot.sql import Token, scan, strip_semicolons, unquote

_SET_WORDS: Final = ("union", "intersect", "except")


class FinalOrder(NamedTuple):
    """The ORDER BY of a whole statement."""

    terms: tuple[str, ...]
    """Its expressions, without directions, as they stand in the text."""
    columns: tuple[int | None, ...]
    """The 0-based result column of each term; None for a term that is no result column."""
    insert_at: int
    """Offset behind the select list, where further items can be written; -1 where none may be, as DISTINCT
    or a set operation would give other rows then."""


class _Text(NamedTuple):
    """A statement as its tokens outside all brackets, each with what follows it up to the next."""

    sql: str
    tokens: list[Token]

    def place(self, words: Sequence[str], start: int = 0) -> int:
        """Place of the first of these keywords or signs, or the number of tokens."""
        found = (i for i in range(start, len(self.tokens)) if self._word(i) in words)
        return next(found, len(self.tokens))

    def _word(self, i: int) -> str:
        kind, text, _ = self.tokens[i]
        return text if kind in ("keyword", "op") else ""

    def split(self, start: int, end: int) -> list[tuple[int, int]]:
        """Places between commas."""
        parts = []
        while start < end:
            comma = min(self.place((",",), start), end)
            parts.append((start, comma))
            start = comma + 1
        return parts

    def part(self, start: int, end: int) -> str:
        """The text of these tokens and of all in brackets between them."""
        stop = self.tokens[end].start if end < len(self.tokens) else len(self.sql)
        return self.sql[self.tokens[start].start : stop]


def final_order(sql: str) -> FinalOrder | None:
    """The ORDER BY of the statement itself; None where it has none.

    One inside brackets (a sub-query, a window, an aggregate) does not order the result.

    >>> final_order("SELECT a FROM (SELECT a FROM t ORDER BY a)") is None
    True
    >>> final_order("SELECT a, b FROM t ORDER BY 2, c DESC")
    FinalOrder(terms=('2', 'c '), columns=(1, None), insert_at=12)
    """
    text = _outer(sql)
    order = text.place(("order",))
    if order + 2 >= len(text.tokens):
        return None
    end = text.place(("limit", "offset"), order)
    terms = [(start, _strip_direction(text, start, stop)) for start, stop in text.split(order + 2, end)]
    select = text.place(("select",))
    stop = min(text.place(("from", *_SET_WORDS), select), order)
    distinct = select + 1 < stop and text.tokens[select + 1].text == "distinct"
    items = text.split(select + 1 + distinct, stop)
    starred = any(text.tokens[last - 1].text == "*" for _, last in items)
    open_ = select < stop and not distinct and text.place(_SET_WORDS) == len(text.tokens)
    columns = tuple(_column(text, term, [] if starred else items) for term in terms)
    may_insert = open_ and not (starred and len(items) > 1)
    return FinalOrder(
        tuple(text.part(*term) for term in terms), columns, text.tokens[stop].start if may_insert else -1
    )


def ties(sql: str, gold: ResultRows, run: Callable[[str], ResultRows | None]) -> list[int] | None:
    """The group of equal sort keys of each row of gold; None where that is not known.

    Keys that are not among the result's columns are read by a second query that selects them beside the
    others. The sorted sequence of keys does not depend on how ties were broken, so the keys of that query
    are those of gold's rows. It is believed only if it gives gold's rows. Keys are compared exactly, so
    rows that tie by a collation only are not seen as tied.

    Args:
        sql: Gold, with a final ORDER BY.
        gold: Its rows, at least one.
        run: Executes SQL on the same database.
    """
    order = final_order(sql)
    if order is None:
        return None
    width = len(gold[0])
    hidden = [term for term, column in zip(order.terms, order.columns, strict=True) if column is None]
    rows: ResultRows | None = gold
    if hidden and order.insert_at >= 0:
        added = "".join(f"\n, {term}" for term in hidden)
        rows = run(f"{sql[: order.insert_at]}{added}\n{sql[order.insert_at :]}")
    elif hidden:
        rows = None
    if rows is None or _bag([row[:width] for row in rows]) != _bag(gold):
        return None
    places = iter(range(width, width + len(hidden)))
    columns = [next(places) if column is None else column for column in order.columns]
    if max(columns) >= len(rows[0]):
        return None
    return _number_groups([[row[column] for column in columns] for row in rows])


def _number_groups(keys: Sequence[object]) -> list[int]:
    """Numbers that rise where the key changes."""
    numbers = [0]
    for before, key in pairwise(keys):
        numbers.append(numbers[-1] + (key != before))
    return numbers


def _bag(rows: Sequence[object]) -> list[str]:
    return sorted(map(repr, rows))


def _outer(sql: str) -> _Text:
    depth = 0
    outer = []
    for token in strip_semicolons(scan(sql)):
        depth -= token.text == ")"
        if depth == 0 and token.text != ")":
            outer.append(token)
        depth += token.text == "("
    return _Text(sql, outer)


def _strip_direction(text: _Text, start: int, end: int) -> int:
    """The end of the term without NULLS FIRST or LAST and without ASC or DESC."""
    if end - start > 2 and text.tokens[end - 2].text == "nulls":
        end -= 2
    return end - (end - start > 1 and text.tokens[end - 1].text in ("asc", "desc"))


def _column(text: _Text, term: tuple[int, int], items: list[tuple[int, int]]) -> int | None:
    """The select item that an ORDER BY term is: by number, by alias, or written alike."""
    start, end = term
    token = text.tokens[start]
    if end - start == 1 and token.kind == "number":
        return int(token.text) - 1 if token.text.isdigit() and int(token.text) else None
    if end - start == 1:
        for i, (first, last) in enumerate(items):
            name = text.tokens[last - 1]
            if last - first > 1 and _bare(name) == _bare(token) and text.tokens[last - 2].kind != "op":
                return i
    texts = [_plain(text, first, last) for first, last in items]
    mine = _plain(text, start, end)
    return texts.index(mine) if mine in texts else None


def _bare(token: Token) -> str:
    return unquote(token).lower()


def _plain(text: _Text, start: int, end: int) -> tuple[str, ...]:
    """The tokens of an item without its alias, all in brackets included."""
    if end - start > 2 and text.tokens[end - 2].text == "as":
        end -= 2
    return tuple(token.text for token in scan(text.part(start, end)))
