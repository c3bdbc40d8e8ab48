"""The words of a question that its SQL leaves unsaid: a sign of a wrong answer, or of a wrong
database.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nshot.prompting import words
from nshot.sql import scan

_ASKING: Final = """
above across after all alphabetical alphabetically along also among and any ascending associated average
before below between both common commonly contain corresponding count descending detail different display
distinct during each either every first following found give given group highest id identifier include
including information into last least less list lowest maximum max mean minimum min more most name no nor
not number only or order other over per please record respective respectively result return same show sort
sorted state such sum than their then top total under unique us use used using value whose without
one two three four five
"""
_SAYING: Final = ("name", "number", "string", "dquoted", "quoted")
"""Kinds of tokens that express something; functions and keywords have words that ask."""
_LEAST: Final = 4
"""Shortest word that may be a part of another one."""


def find_unsaid(question: str, sql: str) -> list[str]:
    """The words of a question that neither names, values nor numbers of the SQL express, as stems.

    Words that ask ("show", "average", "each") do not count. A word is expressed by a word of the
    same stem, or by one that contains it or that it contains.

    Args:
        question: In natural language; English for the words that do not count.
        sql: The SQL.

    >>> find_unsaid("How many heads of the departments are older than 56?", "SELECT count(*) FROM head")
    ['department', 'older', '56']
    """
    said = set(_find_said(sql))
    return [word for word in words(question) if word not in _NOT_ASKED and not _is_said(word, said)]


def _find_said(sql: str) -> Iterator[str]:
    """Words of the names, values and numbers of SQL."""
    for token in scan(sql):
        if token.kind in _SAYING:  # as it is written: capitals split names
            yield from words(sql[token.start : token.start + len(token.text)])


def _is_said(word: str, said: set[str]) -> bool:
    if word in said:
        return True
    long = [one for one in said if len(one) >= _LEAST]
    return len(word) >= _LEAST and any(word in one or one in word for one in long)


_NOT_ASKED: Final = frozenset(words(_ASKING))
