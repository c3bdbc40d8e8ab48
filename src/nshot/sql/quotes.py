"""Decide whether a double-quoted word is a name, or a string as Spider writes it in SQLite.

With a schema, it is a name if it is next to a full stop, if it stands where FROM and JOIN name
tables, or if it is an alias in the text or a column of the text's tables; otherwise it is a string.
Without a schema, it is a string where a value is expected (right of a comparison, LIKE, GLOB,
REGEXP, BETWEEN and its AND, inside IN or VALUES) or if it contains a `%`; otherwise it is a name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from nshot.sql.tokens import Token, scan, unquote
from nshot.types import Schema

_BEFORE_VALUE: Final = frozenset(("=", "!=", "<", ">", "<=", ">=", "like", "glob", "regexp", "between"))

_NAMES: Final = frozenset(("name", "quoted", "dquoted"))
_CLAUSES: Final = frozenset(
    (
        "select",
        "where",
        "group",
        "order",
        "having",
        "limit",
        "union",
        "intersect",
        "except",
        "values",
        "window",
    )
)
"""Words that end a FROM."""


def resolve_quotes(tokens: list[Token], schema: Schema | None = None) -> list[Token]:
    """The same tokens, with every `dquoted` changed to `string` or `quoted`."""
    if not any(token.kind == "dquoted" for token in tokens):
        return tokens
    tables = _table_places(tokens)
    known = None if schema is None else _columns(tokens, tables, schema) | _aliases(tokens)
    inside = _value_lists(tokens)
    return [
        Token(
            "string" if i not in tables and _is_string(tokens, i, known, inside) else "quoted",
            token.text,
            token.start,
        )
        if token.kind == "dquoted"
        else token
        for i, token in enumerate(tokens)
    ]


def quote_strings(sql: str, schema: Schema | None = None) -> str:
    """`sql` with its double-quoted strings in single quotes; everything else is unchanged."""
    tokens = scan(sql)
    out, end = [], 0
    for before, after in zip(tokens, resolve_quotes(tokens, schema), strict=True):
        if before.kind == "dquoted" and after.kind == "string":
            literal = "'" + unquote(before).replace("'", "''") + "'"
            out += [sql[end : before.start], literal]
            end = before.start + len(before.text)
    return "".join(out) + sql[end:]


def _columns(tokens: list[Token], places: set[int], schema: Schema) -> frozenset[str]:
    """Lower-cased columns of the text's tables; of all tables if the schema lacks one of them."""
    columns = _columns_by_table(schema)
    named = {unquote(tokens[i]).lower() for i in places}
    known = named if named <= columns.keys() else columns.keys()
    return frozenset[str]().union(*(columns[name] for name in known))


@lru_cache(maxsize=512)
def _columns_by_table(schema: Schema) -> dict[str, frozenset[str]]:
    return {
        table.name.lower(): frozenset(column.name.lower() for column in table.columns)
        for table in schema.tables
    }


def _table_places(tokens: list[Token]) -> set[int]:
    """Positions of names that are tables, because they follow FROM, JOIN or a comma between
    tables."""
    found: set[int] = set()
    clauses = [""]
    """The clause of each open bracket: `from`, `on` (of a join), or anything else."""
    for i, (kind, text, _) in enumerate(tokens):
        if kind in _NAMES:
            before = tokens[i - 1].text if i else ""
            if clauses[-1] == "from" and before in ("from", "join", ",", "("):
                found.add(i)
        elif text == "(":  # of a join in brackets, or of arguments
            inner = clauses[-1] == "from" and tokens[i - 1].kind != "function"
            clauses.append("from" if inner else "")
        elif text == ")":
            clauses = clauses[:-1] or [""]
        elif text in ("from", "join") or (text == "," and clauses[-1] == "on"):
            clauses[-1] = "from"
        elif text in ("on", "using"):
            clauses[-1] = "on"
        elif kind == "keyword" and text in _CLAUSES:
            clauses[-1] = ""
    return found


def _aliases(tokens: list[Token]) -> set[str]:
    return {
        unquote(tokens[i + 1]).lower()
        for i, token in enumerate(tokens[:-1])
        if token.kind == "keyword" and token.text == "as"
    }


def _is_string(tokens: list[Token], i: int, known: frozenset[str] | None, inside: set[int]) -> bool:
    before = tokens[i - 1].text if i else ""
    after = tokens[i + 1].text if i + 1 < len(tokens) else ""
    if "." in (before, after) or before == "as":
        return False
    if known is not None:
        return unquote(tokens[i]).lower() not in known
    return before in _BEFORE_VALUE or i in inside or "%" in tokens[i].text


def _value_lists(tokens: list[Token]) -> set[int]:
    """Positions inside the brackets of IN and VALUES, and those right of a BETWEEN's AND."""
    inside: set[int] = set()
    stack: list[bool] = []
    between = 0
    for i, (_, text, _) in enumerate(tokens):
        if text == "(":
            before = tokens[i - 1].text if i else ""
            stack.append(before in ("in", "values") or (before == "," and bool(stack) and stack[-1]))
        elif text == ")":
            stack = stack[:-1]
        elif text in ("select", "from") and stack:
            stack[-1] = False
        elif text == "between":
            between += 1
        elif text == "and" and between:
            between -= 1
            inside.add(i + 1)
        elif stack and stack[-1]:
            inside.add(i)
    return inside
