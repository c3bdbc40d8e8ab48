"""Words of questions that several rules look for, and helpers to take questions apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from nshot.stemming import strip_endings

ASK: Final = r"(?:show|list|give|find|tell|return|display|include|add|get|see|count)(?: (?:me|us))?"
"""Verbs that ask for something."""
WHAT_IS: Final = r"(?:what (?:is|are|was|were))"
OF: Final = r"(?:of|among|amongst|for|from|in|out of)"
THEM: Final = (
    r"(?:(?:each|any|every one) of |all of |all |both )?"
    r"(?:those|these|them|they|the ones|ones|it|this|that|the above|the results?)"
)
"""What stands for the answer before."""
PREPOSITION: Final = (
    r"(?:in|from|for|with|by|at|on|of|before|after|since|between|above|below|under|over|during|within)"
)
VERB: Final = (
    r"(?:are|is|was|were|has|have|had|do|does|did|can|belongs?|contains?|speaks?|received|visited|won|used"
    r"|uses?|hosts?)"
)
RELATIVE: Final = r"(?:that|who|whose|which|where|with)"
AGGREGATES: Final = {
    "average": "average",
    "mean": "average",
    "minimum": "minimum",
    "min": "minimum",
    "smallest": "minimum",
    "lowest": "minimum",
    "maximum": "maximum",
    "max": "maximum",
    "largest": "maximum",
    "highest": "maximum",
    "total": "total",
    "sum": "total",
}
"""Words for a summary of a column, and one word for each summary."""
AGGREGATE: Final = "|".join(AGGREGATES)
IDENTIFYING: Final = frozenset(
    "name names id ids info information detail details title titles description descriptions first"
    " last".split()
)
"""Words for columns that tell one thing from another: counting their values is counting the things.
"""
_ARTICLES: Final = re.compile(
    r"^(?:(?:the|all|their|its|his or her|his|her|each|different|distinct)\s+)+", re.IGNORECASE
)
_ASKS: Final = re.compile(r"(?:what|which|who|how|where|when|in which|do|does|is|are)\b", re.IGNORECASE)


def match_all(pattern: str, text: str) -> re.Match[str] | None:
    """The match of the pattern with the whole text, in any letter case."""
    return re.fullmatch(pattern, text, re.IGNORECASE)


def sentence(text: str) -> str:
    """The text with a capital at its beginning, and with a question mark or a full stop.

    >>> sentence("how many singers are there"), sentence("show the names")
    ('How many singers are there?', 'Show the names.')
    """
    return f"{text[:1].upper()}{text[1:]}{'?' if _ASKS.match(text) else '.'}"


def without_articles(text: str) -> str:
    """The text without articles and the like before it.

    >>> without_articles("all the names")
    'names'
    """
    return _ARTICLES.sub("", text.strip())


def words_of(text: str) -> list[str]:
    """The words of a text, lower-cased."""
    return re.findall(r"\w+", text.lower())


def stems_of(text: str) -> list[str]:
    """The stems of its words."""
    return [strip_endings(word) for word in words_of(text)]


def join_and(words: Sequence[str]) -> str:
    """Words as a list in English.

    >>> join_and(["minimum", "average", "maximum"])
    'minimum, average and maximum'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
