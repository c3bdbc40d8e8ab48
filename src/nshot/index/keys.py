"""Keys by which the leak rule finds entries."""

from __future__ import annotations

import re
import unicodedata

_BLANKS = re.compile(r"\s+")
STOPS = ".?!。।؟"
"""Marks at the end of a question that say nothing, in several scripts."""


def question_key(text: str) -> str:
    """A key that is equal for the same question text.

    >>> question_key("How many  singers ?") == question_key("how many singers?")
    True
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _BLANKS.sub("", plain).casefold().rstrip(STOPS)
