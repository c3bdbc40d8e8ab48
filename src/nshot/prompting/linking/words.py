"""Normalise the words of questions and of schema names, so that they can be compared."""

from __future__ import annotations

import re
import unicodedata

import regex

from nshot.stemming import strip_endings
from nshot.words import CHARACTER, LETTER, Word, fold, terms_of, without_article

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ANY_WORD = regex.compile(rf"{CHARACTER}|{LETTER}+|\p{{Nd}}+")
"""The same for texts beyond ASCII; a character of a script without blanks is one."""
_ANY_CAPITAL = regex.compile(r"(?<=\p{Ll}\p{M}*)(?=\p{Lu})")
_COMMON = """
a all an and any are as at be been by can did do does each every find for from give has have how in is it
its list many me more most much of on or please return show tell than that the their them there these they
this those to was we were what when where which who whose will with you your
"""
_STOP = frozenset(_COMMON.split())


def words(text: str) -> list[str]:
    """Stems of the words of a question or a name, in order, without the most common English words.

    Names are split at underscores, digits and capitals. Scripts without blanks between words give
    pairs of characters.

    >>> words("Which home_towns have the StudentIDs of 2 cities?")
    ['home', 'town', 'student', 'id', '2', 'city']
    """
    if text.isascii():
        found = _WORD.findall(_CAPITAL.sub(" ", text).lower())
    else:
        plain = _ANY_CAPITAL.sub(" ", unicodedata.normalize("NFKC", text))
        words = (Word(fold(one[0]), one.start(), one.end()) for one in _ANY_WORD.finditer(plain))
        found = [without_article(word) for word in terms_of(words)]
    return [strip_endings(word) for word in found if word not in _STOP]
