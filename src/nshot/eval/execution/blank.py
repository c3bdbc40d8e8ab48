"""Recognise texts without any statement."""

from __future__ import annotations

import re
from typing import Final

_NOTHING: Final = re.compile(r"(?:[ \t\n\f\r;\ufeff]|--[^\n]*+|/\*(?!\Z)(?>.*?(?:\*/|\Z)))*+", re.DOTALL)
"""The groups are atomic and possessive: a comment must end at its first end, or other text could be
taken as part of a comment."""


def is_blank(sql: str) -> bool:
    """Whether SQLite finds only white space, comments and semicolons.

    An unclosed comment counts as a comment, but a text that ends directly after `/*` is a syntax
    error.

    >>> is_blank("-- nothing\\n;"), is_blank("SELECT")
    (True, False)
    """
    return _NOTHING.fullmatch(sql) is not None
