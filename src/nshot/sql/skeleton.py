"""The skeleton of SQL: names and literals masked."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from nshot.sql.tokens import MAX_CHARACTERS, Token, scan, strip_semicolons

MASK: Final = "_"

_ENDS: Final = frozenset((MASK, ")", "end"))
"""After one of these, a name belongs to the same run or is an alias without AS."""


@lru_cache(maxsize=32_768)
def skeleton_tokens(sql: str) -> tuple[str, ...]:
    """The tokens of the skeleton of `sql`, in order.

    They are in lower case, without aliases. Keywords, function names, operators and punctuation are
    kept; every run of names, qualified names, numbers and strings becomes one `_`. A text that is
    too long to be read is one `_`.
    """
    if len(sql) > MAX_CHARACTERS:
        return (MASK,)
    tokens = strip_semicolons(scan(sql))
    out: list[str] = []
    for i, token in enumerate(tokens):
        kind, text, _ = token
        if kind in ("keyword", "function"):
            if text != "as" or not _is_mask(tokens, i + 1):
                out.append(text)
        elif kind == "op":
            if text == "." and _joins(tokens, i):
                continue
            out.append(text)
        elif out and (out[-1] in _ENDS or _after_as(tokens, i)):
            continue
        else:
            out.append(MASK)
    return tuple(out)


def skeleton(sql: str) -> str:
    """The skeleton of `sql`: its tokens joined by single blanks.

    Two texts that differ only in aliases, white space, letter case, names or values have the same
    skeleton.

    >>> skeleton("SELECT T1.name, count(*) FROM singer AS T1 WHERE T1.age <> 20;")
    'select _ , count ( * ) from _ where _ != _'
    """
    return " ".join(skeleton_tokens(sql))


def _is_mask(tokens: list[Token], i: int) -> bool:
    return i < len(tokens) and tokens[i].kind not in ("keyword", "function", "op")


def _after_as(tokens: list[Token], i: int) -> bool:
    return i > 0 and tokens[i - 1].text == "as" and tokens[i - 1].kind == "keyword"


def _joins(tokens: list[Token], i: int) -> bool:
    """Whether the full stop at `i` is inside a qualified name."""
    return _is_mask(tokens, i - 1) if i else False
