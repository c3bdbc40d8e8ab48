"""SQLite's date functions, which take a moment as text and modifiers such as '-7 days'."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nshot.sql.parse import parse_expression

if TYPE_CHECKING:
    from sqlglot import exp

_SHIFT: Final = re.compile(
    r"\s*([+-]?)\s*(\d{1,6})\s*(year|month|day|hour|minute|second)s?\s*", re.IGNORECASE
)
_START: Final = re.compile(r"\s*start of (year|month|day)\s*", re.IGNORECASE)
_IGNORED: Final = frozenset(("localtime", "utc"))
_STARTS: Final = {"year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d"}
_EPOCH: Final = {
    "postgres": "EXTRACT(EPOCH FROM {})",
    "duckdb": "EPOCH({})",
    "mysql": "TIMESTAMPDIFF(SECOND, '1970-01-01', {})",
}
"""Seconds since 1970."""
_JULIAN: Final = 2440587.5
"""The Julian day of 1970-01-01."""
_WEEKDAY: Final = {
    "postgres": "EXTRACT(DOW FROM {})",
    "duckdb": "EXTRACT(DOW FROM {})",
    "mysql": "DAYOFWEEK({}) - 1",
}


def rewrite_dates(tree: exp.Expr, dialect: str) -> None:
    """Rewrite the date functions in place; a call with another modifier stays as it is."""
    from sqlglot import exp

    if dialect not in _EPOCH:
        return
    for node in list(tree.find_all(exp.Anonymous, exp.Date, exp.TimeToStr, exp.CurrentDate)):
        made = _replacement(node, dialect)
        if made is not None:
            node.replace(made)


def _replacement(node: exp.Expr, dialect: str) -> exp.Expr | None:
    from sqlglot import exp

    if isinstance(node, exp.TimeToStr):
        inner = node.this
        value = inner.this if isinstance(inner, exp.TsOrDsToTimestamp) else inner
        return _format(node.args["format"].name, [value], dialect)
    if isinstance(node, exp.Date):
        return _call("date", [one for one in (node.this, *node.expressions) if one is not None], dialect)
    if not isinstance(node, exp.Anonymous):
        return None
    if node.name.lower() == "strftime" and node.expressions:
        return _format(node.expressions[0].name, node.expressions[1:], dialect)
    return _call(node.name.lower(), node.expressions, dialect)


def _call(name: str, arguments: list[exp.Expr], dialect: str) -> exp.Expr | None:
    if name not in ("date", "datetime", "time", "julianday", "unixepoch"):
        return None
    moment = _moment(arguments, dialect)
    if moment is None:
        return None
    if name == "julianday":
        return parse_expression(f"({_EPOCH[dialect].format(moment)} / 86400.0 + {_JULIAN})", dialect)
    if name == "unixepoch":
        return parse_expression(_EPOCH[dialect].format(moment), dialect)
    stamp = "DATETIME" if dialect == "mysql" else "TIMESTAMP"
    kind = {"date": "DATE", "time": "TIME", "datetime": stamp}[name]
    return parse_expression(f"CAST({moment} AS {kind})", dialect)


def _moment(arguments: list[exp.Expr], dialect: str) -> str | None:
    """SQL for the moment that the arguments mean; None if one of the modifiers is not known."""
    from sqlglot import exp

    stamp = "DATETIME" if dialect == "mysql" else "TIMESTAMP"
    value = arguments[0] if arguments else None
    if value is None or (isinstance(value, exp.Literal) and value.name.lower() == "now"):
        made = f"CAST(CURRENT_TIMESTAMP AS {stamp})"
    else:
        made = f"CAST({value.sql(dialect)} AS {stamp})"
    for modifier in arguments[1:]:
        if not isinstance(modifier, exp.Literal):
            return None
        text = modifier.name
        if shift := _SHIFT.fullmatch(text):
            sign, count, unit = shift[1] or "+", shift[2], shift[3]
            step = f"INTERVAL {count} {unit.upper()}" if dialect == "mysql" else f"INTERVAL '{count} {unit}'"
            made = f"({made} {sign} {step})"
        elif start := _START.fullmatch(text):
            made = _begin(made, start[1].lower(), dialect)
        elif text.strip().lower() not in _IGNORED:
            return None
    return made


def _begin(moment: str, unit: str, dialect: str) -> str:
    if dialect == "mysql":
        return f"CAST(DATE_FORMAT({moment}, '{_STARTS[unit]}') AS DATETIME)"
    return f"DATE_TRUNC('{unit}', {moment})"


def _format(pattern: str, arguments: list[exp.Expr], dialect: str) -> exp.Expr | None:
    """`strftime(pattern, ...)`, whose result is a text."""
    from sqlglot import exp

    moment = _moment(arguments, dialect)
    if moment is None:
        return None
    text = "CHAR" if dialect == "mysql" else "TEXT"
    if pattern in ("%s", "%w"):
        number = (_EPOCH if pattern == "%s" else _WEEKDAY)[dialect].format(moment)
        whole = "SIGNED" if dialect == "mysql" else "BIGINT"
        return parse_expression(f"CAST(CAST({number} AS {whole}) AS {text})", dialect)
    return exp.TimeToStr(this=parse_expression(moment, dialect), format=exp.Literal.string(pattern))
