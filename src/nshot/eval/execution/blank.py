"""Texts that hold no statement at all."""

from __future__ import annotations

import re
from typing import Final

_NOTHING: Final = re.compile(r"(?:[ \t\n\f\r;\ufeff]|--[^\n]*+|/\*(?!\Z)(?>.*?(?:\*/|\Z)))*+", re.DOTALL)
"""Comments are taken as they end first, or all behind a comment could be one as well."""


def is_blank(sql: str) -> bool:
    """Whether SQLite finds only white space, comments and semicolons.

    A comment that is not closed is one, but a text that ends right behind `/*` is a syntax error.

    >>> is_blank("-- nothing\\n;"), is_blank("SELECT")
    (True, False)
    """
    return _NOTHING.fullmatch(sql) is not None
