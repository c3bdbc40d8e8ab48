"""Whether a statement orders its final result, and which rows of that result have equal sort
keys."""

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
    """Its expressions as written, without directions."""
    columns: tuple[int | None, ...]
    """The 0-based result column of each term; None for a term that is no result column."""
    insert_at: int
    """Offset after the select list, where items can be added; -1 if that would change the rows
    because of DISTINCT or a set operation."""


class _Text(NamedTuple):
    """A statement as the tokens outside brackets, each with the text up to the next token."""

    sql: str
    tokens: list[Token]

    def place(self, words: Sequence[str], start: int = 0) -> int:
        """Position of the first of these keywords or symbols; the number of tokens if there is
        none.
        """
        found = (i for i in range(start, len(self.tokens)) if self._word(i) in words)
        return next(found, len(self.tokens))

    def _word(self, i: int) -> str:
        kind, text, _ = self.tokens[i]
        return text if kind in ("keyword", "op") else ""

    def split(self, start: int, end: int) -> list[tuple[int, int]]:
        """(start, end) positions of the parts between commas."""
        parts = []
        while start < end:
            comma = min(self.place((",",), start), end)
            parts.append((start, comma))
            start = comma + 1
        return parts

    def part(self, start: int, end: int) -> str:
        """The text of these tokens, including bracketed text between them."""
        stop = self.tokens[end].start if end < len(self.tokens) else len(self.sql)
        return self.sql[self.tokens[start].start : stop]


def final_order(sql: str) -> FinalOrder | None:
    """The ORDER BY of the statement itself; None if it has none.

    An ORDER BY inside brackets (a sub-query, a window, an aggregate) does not order the result.

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
    """(n,) group numbers of gold's rows, where a group has equal sort keys; None if that is
    unknown.

    Sort keys that are not result columns are read by a second query, which selects them in
    addition. The sorted sequence of keys does not depend on how ties are broken, so the keys of
    that query are valid for gold's rows. The query is used only if it returns gold's rows. Keys are
    compared exactly, so rows that tie only under a collation are not recognised as tied.

    Args:
        sql: The gold SQL, with a final ORDER BY.
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
    """Group numbers that increase wherever the key changes."""
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
    """The select item that an ORDER BY term refers to, by number, alias or equal text; None for
    none.
    """
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
    """The tokens of an item without its alias, including the tokens inside brackets."""
    if end - start > 2 and text.tokens[end - 2].text == "as":
        end -= 2
    return tuple(token.text for token in scan(text.part(start, end)))
