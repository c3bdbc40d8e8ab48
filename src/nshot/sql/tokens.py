"""Cut SQL text into tokens with one regular expression: no dialect, no grammar, no error.

Everything in this package that must be fast (skeleton, normalise, operators, hardness) uses `scan`;
only `parse` uses sqlglot.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

MAX_CHARACTERS: Final = 100_000
"""Longest text that is read or executed, in characters. Spider's longest gold query has 577."""

_BEYOND: Final = (
    r"(?=[^\x00-\x7f])[^\s\u0080-\u00b6\u00b8-\u00bf\u00d7\u00f7\u2000-\u200b\u200e-\u206f"
    r"\u3000-\u3004\u3008-\u3020\u3030\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)
"""A character beyond ASCII in a name. Databases take every one, also the marks on letters of Hindi
or Thai (which are no `\\w`), for a part of a name; punctuation and blanks are left out, as no name
has them."""
_PATTERN: Final = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
      |(?P<word>(?:[^\W\d]|{beyond})(?:[\w$]|{beyond})*)
      |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      |(?P<string>'[^']*(?:''[^']*)*(?:'|\Z))
      |(?P<dquoted>"[^"]*(?:""[^"]*)*(?:"|\Z))
      |(?P<quoted>`[^`]*(?:``[^`]*)*(?:`|\Z)|\[[^\]\d][^\]]{0,126}\])
      |(?P<op>[<>!]\ =|<>|!=|<=>|<=|>=|==|\|\||<<|>>|::|->>|->|.)
    """.replace("{beyond}", _BEYOND),
    re.DOTALL | re.VERBOSE,
)

_HEAD: Final = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(\w*)", re.DOTALL)

KEYWORDS: Final = frozenset(
    """all and as asc between by case collate cross desc distinct else end escape except exists from full glob
    group having in inner intersect into is isnull join left like limit natural not notnull null offset on or
    order outer over partition regexp right select then union using values when where window with""".split()
)
"""Words that are never names unless they are quoted or next to a full stop."""

_SOFT: Final = {
    "left": frozenset(("join", "outer")),
    "right": frozenset(("join", "outer")),
    "full": frozenset(("join", "outer")),
    "natural": frozenset(("join", "left", "inner", "cross", "full", "right")),
    "cross": frozenset(("join",)),
    "inner": frozenset(("join",)),
    "outer": frozenset(("join",)),
    "partition": frozenset(("by",)),
    "over": frozenset(("(",)),
}
"""Words that are keywords only before one of these words; elsewhere they are names."""

_OPERATORS: Final = {"<>": "!=", "==": "=", "! =": "!=", "> =": ">=", "< =": "<="}

AGGREGATES: Final = frozenset(("count", "sum", "avg", "min", "max"))


class Token(NamedTuple):
    kind: str
    """keyword, name, function (a name before a bracket), number, string, dquoted, quoted, op."""
    text: str
    """Lower-cased for words, in a uniform spelling for operators, verbatim for the rest."""
    start: int
    """Offset of its first character in the text."""


def scan(sql: str) -> list[Token]:
    """Tokens of `sql` without white space and comments; any text can be scanned.

    >>> [token.text for token in scan("SELECT T1.name FROM singer T1 WHERE age <> 3 -- why")]
    ['select', 't1', '.', 'name', 'from', 'singer', 't1', 'where', 'age', '!=', '3']
    """
    tokens: list[Token] = []
    for match in _PATTERN.finditer(sql):
        kind = match.lastgroup
        if kind == "blank":
            continue
        text = match.group()
        if kind == "word":
            text = _lower(text)
            kind = "keyword" if text in KEYWORDS else "name"
        elif kind == "op":
            text = _OPERATORS.get(text, text)
        tokens.append(Token(kind or "op", text, match.start()))
    return _settle(tokens)


def _lower(word: str) -> str:
    """The word in lower case and as long as before: `İ` stays, as its lower case has two."""
    return word.lower() if word.isascii() else "İ".join(part.lower() for part in word.split("İ"))


def _settle(tokens: list[Token]) -> list[Token]:
    """The same tokens, with each word classified as keyword, function or name by its neighbours."""
    last = len(tokens) - 1
    for i, (kind, text, start) in enumerate(tokens):
        following = tokens[i + 1].text if i < last else ""
        if kind == "name":
            if following == "(" and (i == 0 or tokens[i - 1].text != "."):
                tokens[i] = Token("function", text, start)
        elif kind == "keyword":
            beside_dot = following == "." or (i > 0 and tokens[i - 1].text == ".")
            if beside_dot or (text in _SOFT and not _is_keyword(text, following)):
                tokens[i] = Token("name", text, start)
    return tokens


def _is_keyword(text: str, following: str) -> bool:
    return following in _SOFT[text]


def first_word(sql: str) -> str:
    """The first word after blanks and comments, in lower case; empty if something else is there.

    >>> first_word("-- all of them\\n/* two */ SELECT 1")
    'select'
    """
    found = _HEAD.match(sql)
    return found[1].lower() if found else ""


def unquote(token: Token) -> str:
    """Content of a quoted token, with doubled quotes made single; other tokens verbatim."""
    kind, text, _ = token
    if kind not in ("string", "dquoted", "quoted") or not text:
        return text
    if text[0] == "[":
        return text[1:-1]
    quote = text[0]
    body = text[1:-1] if len(text) > 1 and text[-1] == quote else text[1:]
    return body.replace(quote * 2, quote)


def strip_semicolons(tokens: list[Token]) -> list[Token]:
    """The tokens without semicolons at the end."""
    end = len(tokens)
    while end and tokens[end - 1].text == ";":
        end -= 1
    return tokens[:end]
