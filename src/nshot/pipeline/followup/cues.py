"""Signs that a question cannot be understood without the one before it."""

from __future__ import annotations

import re
from typing import Final

from nshot.stemming import strip_endings

FILLERS: Final = re.compile(
    r"^(?:(?:and|but|so|then|now|next|ok|okay|great|thanks|thank you|good|yes|no|sure|hmm|please|also please"
    r"|finally)\b[\s,.!:;-]*)+",
    re.IGNORECASE,
)
"""Words before a follow-up question that carry nothing."""

_LEADING: Final = (
    r"(?:(?:please|can|could|would|you|also|just|only|then|now|and|i|want|to|know|like|show|list|give|find|tell"
    r"|return|display|get|count|sort|order|rank|group|limit|arrange|describe|report|see|me|us|what|which|who"
    r"|how|where|when|many|much|is|are|was|were|do|does|did|have|has|had|of|for|among|amongst|from|in|by|out"
    r"|to|with|the|all|each|every|any|one|ones|both|a|an|not|about|number|total|average|count"
    r"|names?|ids?|information)\b[\s,]*)*"
)
"""Words that name nothing which a pronoun after them could stand for."""

_NO_NAME_BEFORE: Final = (
    r"\b(?:each|who|that|which|whose{more})\b.*\b(?:it|them|these|those|this|they|he|she)\b"
)
_ONE_CLAUSE: Final = rf"^(?!\S+ .*{_NO_NAME_BEFORE.format(more='|and')})[^;.?]*"
"""A question in which nothing before a pronoun is likely to be what it stands for."""
_ONE_LIST: Final = rf"^(?!\S+ .*{_NO_NAME_BEFORE.format(more='')})[^;.?]*"
"""The same, but things may be listed with `and`."""

_CUES: Final = {
    "it continues the question before": (
        r"^(?:and|also|but)\b",
        r"^(?:what|how) about\b",
        r"^[^;.?]*\b(?:as well|too)\s*[?.!]*$",
        r"^same\b",
        r"^(?:show|list|give|find|tell|return|display|get)(?: me| us)? also\b",
        r"^(?:(?:can|could) you )?(?:please )?also\b",
    ),
    "it narrows the answer before": (
        r"^(?:only|just)\b(?! (?:how|what|which|who|where)\b)",
        r"^(?:show|list|give|keep|return|display|find|tell)(?: me| us)? (?:only|just) (?:those|these|the ones"
        r"|ones|from|in|with)\b",
        r"\b(?:the|those|these) ones\b(?! with)",
        r"\b(?:show|list|give|about) the one\b",
        r"^(?:do not|don't|exclude|without|except)\b",
    ),
    "it orders the answer before": (
        r"^(?:sort|order|rank|arrange|group|limit)(?: (?:it|them|these|those|this|that|the results?"
        r"|the list|results?))?\s+(?:by|in|from|to|on|accord|alphabetic|ascend|descend)",
        r"\bthe (?:above|previous|preceding)\s*(?:results?|list|question|ones?)?\s*[?.!]*$",
        r"^(?:sort|order|limit|show|list|give|return|display|what is|what are)(?: all)?(?: the)?"
        r"(?: distinct| final| whole)? (?:results?|entries)\b(?! of| whose| description)",
        r"^filter\b",
    ),
    "it has no subject": (
        r"^(?:show|list|give|find|tell|return|what is|what are)(?: me| us)?(?:(?:,| and| also| the|"
        r" average| minimum| maximum| total| sum| smallest| largest| lowest| highest| values?| amount)\b)+"
        r"\s*[?.!]*$",
        r"^how (?:many|much)(?: (?:is|are|were|was) (?:there|that|those|these|they|it))?(?: in total"
        r"| altogether| of (?:them|those|these)| of (?:them|those|these) are there)?\s*\??$",
        r"^how many of (?:them|these|those)\b",
        r"^(?:and )?(?:in|from|for|with|by|at|on|of|before|after|since|between|above|below|under|over)"
        r"(?! (?:which|what|each|every|all|how|whose|any)\b)(?:(?![,]|\b(?:what|which|who|how|show|list|find"
        r"|give|is|are|count|return|tell|display|whose|compute|calculate|report)\b).)*\??$",
        r"^which (?:ones?|of (?:them|these|those|which))\b",
        r"^which (?:did|do|does|has|have|had|are|is|was|were|belongs?|contains?|can|speaks?)\b"
        r"(?! (?:the|all)\b)",
        r"^(?:of|among|amongst|for|in|from|to|with) (?:all |each of |every one of |both )?(?:those|these|them"
        r"|this|it)\b",
        r"^for each\s*[,:]",
    ),
    "it points back": (
        rf"^{_LEADING}(?:their|them|they|it|its|his|him|he|she|hers|her)\b",
        rf"^{_LEADING}(?:these|those)\b(?! \w+ (?:who|that|which|whose|where|with|in)\b)",
        rf"^{_LEADING}(?:this|that)\b(?! (?:have|has|had|are|is|was|were|do|does|did|can|will)\b)",
        rf"{_ONE_CLAUSE}\b(?:than|as|to|by|of|for|in|from|with|among|over)"
        r" (?:that|this|it|them|him|these|those)\s*[?.!]*$",
        rf"{_ONE_LIST}\b(?:for|of|among|in|from) (?:those|these)\s*[?.!]*$",
        rf"{_ONE_LIST}\bthan (?:that|this|these|those)\s*[?.!]*$",
        rf"{_ONE_CLAUSE}\b(?:did|do|does|were|are|was|is|have|has|can) (?:they|he|she|it)\b",
        r"^how many such\b",
    ),
}
_POINTER: Final = re.compile(
    r"\b(?:these|those|this|that|such)(?: \w+){0,2}? (?P<noun>\w+)\s*[?.!]*$", re.IGNORECASE
)
"""A demonstrative and its noun at the end of a question."""
_NO_NOUNS: Final = frozenset(
    "a all an are at be by did do does for had has have in is it of on same than the their them they to was"
    " were who which whose year years moment time".split()
)
"""Words that show that a demonstrative does not belong to the last word."""
_PATTERNS: Final = [
    (why, re.compile(pattern, re.IGNORECASE)) for why, some in _CUES.items() for pattern in some
]


def find_cue(question: str) -> str:
    """Why the question needs the one before it; empty if it stands alone.

    >>> find_cue("and in 2015?"), find_cue("Show their names.")
    ('it continues the question before', 'it points back')
    >>> find_cue("List the names of singers and their ages.")
    ''
    """
    text = " ".join(question.replace("\ufeff", " ").split())
    for form in (text, FILLERS.sub("", text)):
        for why, pattern in _PATTERNS:
            if pattern.search(form):
                return why
    return "it points back" if _points_out(text) else ""


def _points_out(question: str) -> bool:
    """Whether a noun with a demonstrative at the end is not named before: "... in those
    countries?".
    """
    found = _POINTER.search(question)
    if found is None or found["noun"].lower() in ("moment", "time", "way"):
        return False
    before = question[: found.start()].lower()
    between = question[found.start() : found.end()].lower().split()[1:]
    if re.search(r"[;?!]|\.\s|\b(?:each|every)\b(?! of\s*$)", before):
        return False
    if any(word in _NO_NOUNS for word in between):
        return False
    if found[0].lower().startswith("that") and not re.search(
        r"\b(?:of|for|in|from|at|on|by|with|to)\s+$", before
    ):
        return False
    named = {strip_endings(word) for word in re.findall(r"\w+", before)}
    return strip_endings(found["noun"].lower()) not in named
