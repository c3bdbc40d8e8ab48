"""What a double-quoted word of SQLite is: a name, or a string as Spider writes it.

With a schema: a name if it is next to a full stop, or if a table, a column or an alias of the text
bears it; a string otherwise. Without a schema: a string where a value is expected (right of a
comparison, LIKE, GLOB, REGEXP, BETWEEN and its AND, inside IN or VALUES) or where it holds a `%`;
a name elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from nshot.sql.tokens import Token, scan, unquoted
from nshot.types import Schema

_BEFORE_VALUE: Final = frozenset(("=", "!=", "<", ">", "<=", ">=", "like", "glob", "regexp", "between"))


def resolve_quotes(tokens: list[Token], schema: Schema | None = None) -> list[Token]:
    """The same tokens with every `dquoted` turned into `string` or `quoted`."""
    if not any(token.kind == "dquoted" for token in tokens):
        return tokens
    known = None if schema is None else _names(schema) | _aliases(tokens)
    inside = _value_lists(tokens)
    return [
        Token("string" if _is_string(tokens, i, known, inside) else "quoted", token.text, token.start)
        if token.kind == "dquoted"
        else token
        for i, token in enumerate(tokens)
    ]


def single_quoted(sql: str, schema: Schema | None = None) -> str:
    """`sql` with its double-quoted strings in single quotes, all else verbatim."""
    tokens = scan(sql)
    out, end = [], 0
    for before, after in zip(tokens, resolve_quotes(tokens, schema), strict=True):
        if before.kind == "dquoted" and after.kind == "string":
            literal = "'" + unquoted(before).replace("'", "''") + "'"
            out += [sql[end : before.start], literal]
            end = before.start + len(before.text)
    return "".join(out) + sql[end:]


@lru_cache(maxsize=512)
def _names(schema: Schema) -> frozenset[str]:
    """Names of tables and columns, lower-cased."""
    names = {table.name.lower() for table in schema.tables}
    names.update(column.name.lower() for table in schema.tables for column in table.columns)
    return frozenset(names)


def _aliases(tokens: list[Token]) -> set[str]:
    return {
        unquoted(tokens[i + 1]).lower()
        for i, token in enumerate(tokens[:-1])
        if token.kind == "keyword" and token.text == "as"
    }


def _is_string(tokens: list[Token], i: int, known: frozenset[str] | None, inside: set[int]) -> bool:
    before = tokens[i - 1].text if i else ""
    after = tokens[i + 1].text if i + 1 < len(tokens) else ""
    if "." in (before, after) or before == "as":
        return False
    if known is not None:
        return unquoted(tokens[i]).lower() not in known
    return before in _BEFORE_VALUE or i in inside or "%" in tokens[i].text


def _value_lists(tokens: list[Token]) -> set[int]:
    """Positions inside the brackets of IN and VALUES, and those right of BETWEEN's AND."""
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
