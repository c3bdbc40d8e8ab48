"""Words of questions and of schema names, brought to one form so that they can be compared."""

from __future__ import annotations

import re
import unicodedata

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
    return [stem(word) for word in _WORD.findall(plain) if word not in _STOP]


def stem(word: str) -> str:
    """The word without the English endings of plural, past and -ing forms.

    >>> [stem(word) for word in ("countries", "classes", "singers", "status", "flying", "founded")]
    ['country', 'class', 'singer', 'status', 'fly', 'found']
    """
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "ches", "shes", "xes")):
        return word[:-2]
    if word.endswith("s") and len(word) > 2 and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3:
            return base[:-1] if base[-1] == base[-2] and base[-1] not in "ls" else base
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
