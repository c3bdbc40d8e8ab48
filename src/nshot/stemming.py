"""Two stemmers for English words, each for what is compared by it.

They differ on purpose. Retrieval masks the words of a question that name a table or a column, where
"ordered" must not stand for the column `order`; it takes off the plural alone. Schema linking ranks
tables and columns by shared words, where "founded" is a sign of the column `founding`; it takes off
verb endings, too. One in place of the other changes rankings or prompts.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1 << 16)
def strip_plural(word: str) -> str:
    """The word without a plural or possessive ending.

    >>> [strip_plural(word) for word in ("countries", "classes", "ids", "address", "singer's", "ordered")]
    ['country', 'class', 'id', 'address', 'singer', 'ordered']
    """
    word = word.removesuffix("'s").removesuffix("’s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def strip_endings(word: str) -> str:
    """The word without the English endings of plural, past and -ing forms.

    >>> [strip_endings(word) for word in ("countries", "classes", "singers", "status", "flying", "founded")]
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
