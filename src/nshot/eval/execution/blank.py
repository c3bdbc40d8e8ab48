"""Texts that hold no statement at all."""

from __future__ import annotations

import re
from typing import Final

_NOTHING: Final = re.compile(r"(?:[ \t\n\f\r;\ufeff]|--[^\n]*|/\*.*?(?:\*/|\Z))*", re.DOTALL)


def is_blank(sql: str) -> bool:
    """Whether SQLite finds only white space, comments and semicolons.

    >>> is_blank("-- nothing\\n;"), is_blank("SELECT")
    (True, False)
    """
    return _NOTHING.fullmatch(sql) is not None
