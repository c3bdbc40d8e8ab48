"""The set of operators that a query uses."""

from __future__ import annotations

from typing import Final

from nshot.sql.tokens import AGGREGATES, MAX_CHARACTERS, scan

_SINGLE: Final = {
    "where": "where",
    "join": "join",
    "having": "having",
    "limit": "limit",
    "offset": "offset",
    "union": "union",
    "intersect": "intersect",
    "except": "except",
    "distinct": "distinct",
    "like": "like",
    "between": "between",
    "in": "in",
    "and": "and",
    "or": "or",
    "not": "not",
    "exists": "exists",
    "case": "case",
    "with": "with",
    "over": "window",
    "isnull": "is null",
    "notnull": "is null",
}
_PAIRS: Final = {
    ("group", "by"): "group by",
    ("order", "by"): "order by",
    ("is", "null"): "is null",
    ("is", "not"): "is null",
    ("left", "join"): "left join",
    ("left", "outer"): "left join",
}
_CLAUSES: Final = frozenset(("select", "from", "where", "group", "having", "order", "limit", "on"))
_SYMBOLS: Final = dict.fromkeys("+-*/%", "arithmetic") | {"||": "concatenation"}


def operators(sql: str) -> frozenset[str]:
    """Names of the operators that occur anywhere in `sql`; any text is accepted.

    Clauses (`where`, `join`, `group by`, `having`, `order by`, `limit`, `distinct`, `with` ...),
    set operations, `nested` (a SELECT inside brackets), aggregates (`count` ...), predicates
    (`like`, `between`, `in`, `exists`, `is null`, `or`, `not` ...), `case`, `window`, `arithmetic`.
    A comma between tables counts as `join`; the AND of a BETWEEN does not count as `and`. A text
    that is too long to be read has none.

    >>> sorted(operators("SELECT count(*) FROM a JOIN b USING (id) WHERE x NOT IN (SELECT y FROM c)"))
    ['count', 'in', 'join', 'nested', 'not', 'where']
    """
    found: set[str] = set()
    clause: list[str] = [""]
    between = 0
    previous, operand = "", False
    for kind, text, _ in scan(sql) if len(sql) <= MAX_CHARACTERS else ():
        if text == "(":
            clause.append("")
        elif text == ")" and len(clause) > 1:
            clause.pop()
        elif kind == "keyword":
            if text in _CLAUSES:
                clause[-1] = text
            if text == "select" and previous == "(":
                found.add("nested")
            between += text == "between"
            if text == "and" and between:
                between -= 1
            elif text in _SINGLE:
                found.add(_SINGLE[text])
            if (previous, text) in _PAIRS:
                found.add(_PAIRS[previous, text])
        elif kind == "function" and text in AGGREGATES:
            found.add(text)
        elif text == "," and clause[-1] in ("from", "on"):
            found.add("join")
        elif operand and text in _SYMBOLS:
            found.add(_SYMBOLS[text])
        previous, operand = text, kind not in ("op", "keyword") or text in (")", "end")
    return frozenset(found)
