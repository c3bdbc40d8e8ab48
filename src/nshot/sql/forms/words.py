"""Tokens with certain kinds and boundaries, as the forms need them."""

from __future__ import annotations

from typing import Final

from nshot.sql.expression import Unread
from nshot.sql.forms.spelling import keeps_case
from nshot.sql.quotes import resolve_quotes
from nshot.sql.tokens import Token, scan, strip_semicolons, unquote
from nshot.types import Schema

LONGEST: Final = 20_000
"""Characters of a text that is written or read in a form."""

_OPERATORS: Final = frozenset("( ) , . * + - / % = != < > <= >= || & | ~ << >> -> ->> ::".split())
_OPERATOR_CHARACTERS: Final = frozenset("+-*/<>=~!@#%^&|?")
_SPECIAL: Final = frozenset("~!@#%^&|?")
_PREFIXES: Final = frozenset(("x", "b", "n", "e"))
"""Letters that belong to a string directly after them: blobs, bits, escapes."""


def read_words(sql: str, schema: Schema | None) -> list[Token]:
    """Tokens with certain kinds and boundaries. Strings become single-quoted; quoted names have
    kind `quoted`.

    Raises:
        Unread: The text is too long, or has parts that cannot be split with certainty (parameters,
            arrays, dollar quotes).
    """
    dialect = schema.dialect if schema else "sqlite"
    if len(sql) > LONGEST:
        raise Unread
    tokens = strip_semicolons(scan(sql))
    if keeps_case(dialect):
        tokens = [Token("quoted", *token[1:]) if token.kind == "dquoted" else token for token in tokens]
        tokens = _join_operators(tokens)
    tokens = _join_prefixes([_quote_string(token) for token in resolve_quotes(tokens, schema)])
    for token in tokens:
        _check(token, dialect)
    return tokens


def _check(token: Token, dialect: str) -> None:
    kind, text, _ = token
    if kind == "op" and text not in _OPERATORS and not (keeps_case(dialect) and len(text) > 1):
        raise Unread
    if kind == "quoted" and (text[0] == "[" and dialect not in ("sqlite", "tsql")):
        raise Unread
    if kind in ("string", "quoted") and (len(text) < 2 or text[-1] != ("]" if text[0] == "[" else text[-1])):
        raise Unread
    if kind == "string" and text.count("'") % 2:
        raise Unread
    if kind == "string" and text[0] in "eE" and "\\" in text:
        raise Unread


def _quote_string(token: Token) -> Token:
    if token.kind == "string" and token.text[:1] == '"':
        return Token("string", "'" + unquote(token).replace("'", "''") + "'", token.start)
    return token


def _join_prefixes(tokens: list[Token]) -> list[Token]:
    """The same tokens, with each string's prefix joined to it."""
    out: list[Token] = []
    for token in tokens:
        before = out[-1] if out else None
        if (
            token.kind == "string"
            and before is not None
            and before.text in _PREFIXES
            and before.kind == "name"
            and before.start + len(before.text) == token.start
        ):
            out[-1] = Token("string", before.text + token.text, before.start)
        else:
            out.append(token)
    return out


def _join_operators(tokens: list[Token]) -> list[Token]:
    """The same tokens, with PostgreSQL's longer operators (`@>`, `~*`) joined to one token."""
    out: list[Token] = []
    for token in tokens:
        if out and _one_operator(out[-1], token):
            out[-1] = Token("op", out[-1].text + token.text, out[-1].start)
        else:
            out.append(token)
    return out


def _one_operator(before: Token, token: Token) -> bool:
    """Whether PostgreSQL reads both as one operator: only one with a special character may end in +
    or -.
    """
    joined = before.text + token.text
    if before.kind != "op" or token.kind != "op" or before.start + len(before.text) != token.start:
        return False
    if not _OPERATOR_CHARACTERS.issuperset(joined):
        return False
    return token.text not in "+-" or not _SPECIAL.isdisjoint(joined)
