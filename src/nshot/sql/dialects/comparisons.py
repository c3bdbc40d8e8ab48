"""Comparisons of values of different types, as SQLite makes them: the other engines refuse or
convert.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nshot.sql.dialects.resolve import NUMBERS, Resolver

if TYPE_CHECKING:
    from sqlglot import exp


_TIME: Final = re.compile(r"\s*(-?\d{4,}-\d\d?-\d\d?|\d\d?:\d\d)")
"""The beginning of a text that is a date or a time in all engines. Other texts are compared as
texts, as SQLite does with '1997-05', '1997' and ''.
"""

_TRUTH: Final = dict.fromkeys(("1", "true", "t", "yes", "y"), True) | dict.fromkeys(
    ("0", "false", "f", "no", "n"), False
)
"""Words that PostgreSQL reads as truth values; MySQL would read them as 0."""


def fit_comparisons(tree: exp.Expr, names: Resolver, dialect: str) -> None:
    """Give both sides of each comparison the same kind of values, in place."""
    from sqlglot import exp

    for pair in list(tree.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)):
        _fit_pair(pair, "this", "expression", names)
    for between in list(tree.find_all(exp.Between)):
        for side in ("low", "high"):
            _fit_pair(between, "this", side, names)
    for listed in list(tree.find_all(exp.In)):
        _fit_list(listed, names)
    for pattern in list(tree.find_all(exp.Like)):
        _fit_like(pattern, names, dialect)
    for operation in list(tree.find_all(exp.SetOperation)):
        _fit_arms(operation, names)


def as_text(node: exp.Expr) -> exp.Expr:
    """A cast of the node itself, not of a copy, whose names would be unknown: put it there by
    `set`.
    """
    from sqlglot import exp

    return exp.Cast(this=node, to=exp.DataType.build("text"))


def _fit_pair(node: exp.Expr, left: str, right: str, names: Resolver) -> None:
    from sqlglot import exp

    a, b = node.args[left], node.args[right]
    for one, other, key in ((a, b, right), (b, a, left)):
        if isinstance(other, exp.Literal) and _fit_literal(node, key, one, other, names):
            return
    kinds = names.kind(a), names.kind(b)
    for mine, its, one, key in ((*kinds, a, left), (kinds[1], kinds[0], b, right)):
        if its == "text" and mine in NUMBERS and not isinstance(one, exp.Literal):
            node.set(key, as_text(one))
            return
        if its == "text" and mine == "time" and not isinstance(one, exp.Column):
            node.set(key, as_text(one))
            return
        if its == "bool" and mine == "whole" and isinstance(one, exp.Literal) and one.name in "01":
            node.set(key, exp.Boolean(this=one.name == "1"))
            return


def _fit_literal(node: exp.Expr, key: str, value: exp.Expr, literal: exp.Literal, names: Resolver) -> bool:
    """Write a literal as the kind of values that it is compared with; whether it was changed."""
    from sqlglot import exp

    kind = names.kind(value)
    if kind in ("text", "time") and not literal.is_string:
        node.set(key, exp.Literal.string(literal.name))
        if kind == "time":
            _replace_side(node, value, as_text(value))
        return True
    if kind == "time" and not _TIME.match(literal.name):
        _replace_side(node, value, as_text(value))
        return True
    if kind in NUMBERS and literal.is_string:
        if _is_number(literal.name):
            node.set(key, exp.Literal.number(literal.name.strip()))
        else:
            _replace_side(node, value, as_text(value))
        return True
    if kind == "bool" and literal.name.lower() in _TRUTH and isinstance(value, exp.Column):
        node.set(key, exp.Boolean(this=_TRUTH[literal.name.lower()]))
        return True
    return False


def _replace_side(node: exp.Expr, side: exp.Expr, by: exp.Expr) -> None:
    for key, value in list(node.args.items()):
        if value is side:
            node.set(key, by)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text and "n" not in text.lower()


def _fit_list(node: exp.In, names: Resolver) -> None:
    from sqlglot import exp

    kind, query = names.kind(node.this), node.args.get("query")
    if query is not None:
        inner = query.this if isinstance(query, exp.Subquery) else query
        selects = inner.selects if isinstance(inner, exp.Query) else []
        its = names.kind(selects[0]) if len(selects) == 1 else ""
        if kind in NUMBERS and its == "text":
            node.set("this", as_text(node.this))
        elif kind == "text" and its in NUMBERS and isinstance(inner, exp.Select):
            inner.set("expressions", [as_text(selects[0].unalias())])
        return
    for one in node.expressions:
        if not isinstance(one, exp.Literal):
            continue
        if kind == "text" and not one.is_string:
            one.replace(exp.Literal.string(one.name))
        elif kind in NUMBERS and one.is_string and _is_number(one.name):
            one.replace(exp.Literal.number(one.name.strip()))
        elif one.is_string and (kind in NUMBERS or (kind == "time" and not _TIME.match(one.name))):
            node.set("this", as_text(node.this))
            return


def _fit_like(node: exp.Like, names: Resolver, dialect: str) -> None:
    """SQLite's LIKE ignores the case of ASCII letters, and reads numbers as text."""
    from sqlglot import exp

    value, pattern = node.this, node.expression
    if names.kind(value) not in ("text", ""):
        value = as_text(value)
    if dialect != "mysql":
        node.replace(exp.ILike(this=value, expression=pattern))
        return
    if isinstance(pattern, exp.Literal):
        lowered: exp.Expr = exp.Literal.string(pattern.name.lower())
    else:
        lowered = exp.Lower(this=pattern)
    node.set("this", exp.Lower(this=value))
    node.set("expression", lowered)


def _fit_arms(node: exp.SetOperation, names: Resolver) -> None:
    """Columns of set operations: where one arm has texts and the other numbers, both are texts."""
    from sqlglot import exp

    left, right = node.left.selects, node.right.selects
    if len(left) != len(right):
        return
    for one, other in zip(left, right, strict=True):
        kinds = {names.kind(one), names.kind(other)}
        if "text" in kinds and kinds & set(NUMBERS):
            for item in (one, other):
                if names.kind(item) != "text":
                    value = item.unalias()
                    place = exp.Null()
                    value.replace(place)
                    place.replace(as_text(value))
