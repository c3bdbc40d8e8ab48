"""Normalise the words of questions and of schema names, so that they can be compared."""

from __future__ import annotations

import re
import unicodedata

from nshot.stemming import strip_endings

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COMMON = """
a all an and any are as at be been by can did do does each every find for from give has have how in is it
its list many me more most much of on or please return show tell than that the their them there these they
this those to was we were what when where which who whose will with you your
"""
_STOP = frozenset(_COMMON.split())


def words(text: str) -> list[str]:
    """Stems of the words of a question or a name, in order, without the most common English words.

    Names are split at underscores, digits and capitals.

    >>> words("Which home_towns have the StudentIDs of 2 cities?")
    ['home', 'town', 'student', 'id', '2', 'city']
    """
    plain = _CAPITAL.sub(" ", unicodedata.normalize("NFKC", text)).lower()
    return [strip_endings(word) for word in _WORD.findall(plain) if word not in _STOP]
