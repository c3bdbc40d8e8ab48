"""Functions and operators of SQLite that other engines lack, or read in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nshot.sql.dialects.comparisons import as_text
from nshot.sql.dialects.resolve import NUMBERS, Resolver, kind_of_type
from nshot.sql.parse import parse_expression

if TYPE_CHECKING:
    from sqlglot import exp

_PREFIX: Final = r"^\s*([-+]?[0-9]*\.?[0-9]+)"
"""What SQLite reads as a number at the beginning of a text."""


def rewrite_functions(tree: exp.Expr, names: Resolver, dialect: str) -> None:
    """Rewrite them in place."""
    from sqlglot import exp

    for aggregate in list(tree.find_all(exp.Sum, exp.Avg)):
        _aggregate_numbers(aggregate, names, dialect)
    for arithmetic in list(tree.find_all(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)):
        _compute(arithmetic, names, dialect)
    for rounded in list(tree.find_all(exp.Round)):
        if dialect == "postgres" and rounded.args.get("decimals") is not None:
            rounded.set("this", exp.cast(rounded.this.copy(), "decimal"))
    for text in list(tree.find_all(exp.Length, exp.Lower, exp.Upper, exp.Substring, exp.Trim)):
        if dialect != "mysql" and names.kind(text.this) in (*NUMBERS, "time"):
            text.set("this", as_text(text.this))
    for counted in list(tree.find_all(exp.Length)):
        if dialect == "duckdb" and names.kind(counted.this) == "blob":
            counted.replace(exp.Anonymous(this="OCTET_LENGTH", expressions=[counted.this]))
    for digits in list(tree.find_all(exp.Hex)):
        _write_hex(digits, names, dialect)
    for part in list(tree.find_all(exp.Substring)):
        _count_from_the_end(part)
    for condition in list(tree.find_all(exp.Where, exp.Having, exp.And, exp.Or, exp.Not, exp.If)):
        _as_conditions(condition, names, dialect)
    for identity in list(tree.find_all(exp.Is)):
        if not isinstance(identity.expression, exp.Null | exp.Boolean | exp.Not):
            identity.replace(exp.NullSafeEQ(this=identity.this.copy(), expression=identity.expression.copy()))
    for collated in list(tree.find_all(exp.Collate)):
        if collated.expression.name.lower() == "nocase":
            _without_case(collated)
    for cast in list(tree.find_all(exp.Cast)):
        _cast_text(cast, names, dialect)
        _cut_off(cast, names, dialect)
    for called in list(tree.find_all(exp.Anonymous)):
        _by_name(called)


def _without_case(node: exp.Collate) -> None:
    """`COLLATE NOCASE`: both sides of a comparison, or the key of an order, in lower case."""
    from sqlglot import exp

    other = node.parent
    node.replace(exp.Lower(this=node.this.copy()))
    if isinstance(other, exp.EQ | exp.NEQ | exp.GT | exp.GTE | exp.LT | exp.LTE):
        for key in ("this", "expression"):
            if not isinstance(other.args[key], exp.Lower):
                other.set(key, exp.Lower(this=other.args[key]))


def _cast_text(node: exp.Cast, names: Resolver, dialect: str) -> None:
    """A text that does not begin with a number is 0 as a number; it is no error."""
    from sqlglot import exp

    if (
        dialect == "mysql"
        or names.kind(node.this) != "text"
        or isinstance(node.this, exp.Literal | exp.TimeToStr)
    ):
        return
    kind = kind_of_type(node.to.sql("sqlite"))
    if kind == "real":
        node.replace(as_number(node.this, dialect))
    elif kind == "whole":
        whole = exp.Anonymous(this="TRUNC", expressions=[as_number(node.this, dialect)])
        node.replace(exp.cast(whole, "bigint"))


def _cut_off(node: exp.Cast, names: Resolver, dialect: str) -> None:
    """A number as a whole number loses its fraction; the other engines round."""
    from sqlglot import exp

    if names.kind(node.this) == "real" and kind_of_type(node.to.sql("sqlite")) == "whole":
        more = [exp.Literal.number(0)] if dialect == "mysql" else []
        name = "TRUNCATE" if dialect == "mysql" else "TRUNC"
        node.set("this", exp.Anonymous(this=name, expressions=[node.this, *more]))


def _write_hex(node: exp.Hex, names: Resolver, dialect: str) -> None:
    """The bytes of a value in hexadecimal digits, also those of a number's text."""
    from sqlglot import exp

    kind = names.kind(node.this)
    if kind in (*NUMBERS, "time"):
        node.set("this", as_text(node.this))
    if dialect != "postgres":
        return
    value = node.this
    if kind != "blob":
        value = exp.Anonymous(this="CONVERT_TO", expressions=[as_text(value), exp.Literal.string("UTF8")])
    encoded = exp.Anonymous(this="ENCODE", expressions=[value, exp.Literal.string("hex")])
    node.replace(exp.Upper(this=encoded))


def as_number(node: exp.Expr, dialect: str) -> exp.Expr:
    """A text as the number that it begins with, or 0; NULL stays NULL."""

    text = node.sql(dialect)
    none = f"CASE WHEN {text} IS NOT NULL THEN 0 END"
    if dialect == "postgres":
        found = f"COALESCE(CAST(SUBSTRING({text} FROM '{_PREFIX}') AS DOUBLE PRECISION), {none})"
    elif dialect == "duckdb":
        found = f"COALESCE(TRY_CAST(REGEXP_EXTRACT({text}, '{_PREFIX}', 1) AS DOUBLE), {none})"
    else:
        return node.copy()  # MySQL reads it so by itself
    return parse_expression(found, dialect)


def _aggregate_numbers(node: exp.Expr, names: Resolver, dialect: str) -> None:
    from sqlglot import exp

    value = node.this
    inner = value.expressions[0] if isinstance(value, exp.Distinct) else value
    kind = names.kind(inner)
    if kind == "text":
        inner.replace(as_number(inner, dialect))
    elif kind == "bool" and dialect != "mysql":
        inner.replace(exp.Case().when(inner.copy(), "1").else_("0"))


def _compute(node: exp.Expr, names: Resolver, dialect: str) -> None:
    from sqlglot import exp

    for key in ("this", "expression"):
        value = node.args[key]
        if names.kind(value) == "text" and not isinstance(value, exp.Literal):
            node.set(key, as_number(value, dialect))
    if isinstance(node, exp.Div) and names.kind(node.left) == names.kind(node.right) == "whole":
        made = exp.IntDiv if dialect != "postgres" else exp.Div
        divisor = node.right if node.right.is_int else exp.func("NULLIF", node.right.copy(), "0")
        replaced = made(this=node.left.copy(), expression=divisor.copy(), typed=True, safe=False)
        node.replace(replaced)


def _count_from_the_end(node: exp.Substring) -> None:
    """`substr(x, -2)` is the end of the text."""
    from sqlglot import exp

    start = node.args.get("start")
    if isinstance(start, exp.Neg) and start.this.is_int and node.args.get("length") is None:
        node.replace(exp.func("RIGHT", node.this.copy(), start.this.copy()))


def _as_conditions(node: exp.Expr, names: Resolver, dialect: str) -> None:
    """A number as a condition holds if it is not 0."""
    from sqlglot import exp

    if dialect == "mysql":
        return
    for key in ("this", "expression"):
        value = node.args.get(key)
        if isinstance(value, exp.Column) and names.kind(value) in NUMBERS:
            node.set(key, exp.NEQ(this=value.copy(), expression=exp.Literal.number(0)))


def _by_name(node: exp.Anonymous) -> None:
    from sqlglot import exp

    name, arguments = node.name.lower(), node.expressions
    if name == "total" and len(arguments) == 1:
        total = exp.Coalesce(this=exp.Sum(this=arguments[0].copy()), expressions=[exp.Literal.number("0.0")])
        node.replace(total)
