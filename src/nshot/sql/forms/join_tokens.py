"""Write SQL on one line with uniform blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from nshot.sql.tokens import Token

_LITERAL_OR_BLANK: Final = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])|(?:\s|--[^\n]*|/\*.*?(?:\*/|\Z))+""", re.DOTALL
)
_SIGNS: Final = frozenset("+-~")
_NO_BLANK_BEFORE: Final = frozenset(", ) . ::".split())
_NO_BLANK_BEHIND: Final = frozenset("( . ::".split())


def drop_comments(sql: str) -> str:
    """`sql` without comments, with single blanks outside literals.

    >>> drop_comments("SELECT 'a  b' -- why\\n  FROM t")
    "SELECT 'a  b' FROM t"
    """
    return _LITERAL_OR_BLANK.sub(lambda match: match[1] or " ", sql).strip()


def join_tokens(tokens: Sequence[Token]) -> str:
    """The tokens on one line: blanks around operators and after commas, none inside brackets.

    >>> from nshot.sql.forms.words import read_words
    >>> join_tokens(read_words("SELECT count( * ),-a FROM t WHERE b>=-1", None))
    'select count(*), -a from t where b >= -1'
    """
    out: list[str] = []
    before: Token | None = None
    sign = False
    for token in tokens:
        if before is not None and _apart(before, token, sign):
            out.append(" ")
        out.append(token.text)
        sign = token.kind == "op" and token.text in _SIGNS and _expects_operand(before)
        before = token
    return "".join(out)


def _apart(before: Token, token: Token, sign: bool) -> bool:
    if token.kind == "op" and token.text in _NO_BLANK_BEFORE:
        return False
    if before.kind == "op" and before.text in _NO_BLANK_BEHIND:
        return False
    if token.text == "(" and token.kind == "op" and before.kind in ("function", "name"):
        return before.text == "filter"
    return not sign or token.text[0] == before.text


def _expects_operand(before: Token | None) -> bool:
    """Whether only an operand can follow `before`, so that a sign after it is unary."""
    if before is None:
        return True
    if before.kind == "keyword":
        return before.text.lower() not in ("end", "null")
    return before.kind == "op" and before.text != ")"
