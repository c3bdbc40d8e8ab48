"""The rule that replaces words that point back: `their`, `those museums`, `than that`."""

from __future__ import annotations

import re
from typing import Final

from nshot.pipeline.followup.follow_up import FollowUp
from nshot.pipeline.followup.reading import QuestionParts
from nshot.pipeline.followup.words import ASK, sentence, stems_of

_STOP: Final = (
    r"(?=\s*(?:,\s*(?:which|what|who|how|show|list|give|find|sort|order)|$"
    r"| (?:in|by|for|from|with|that|who|where|when|if|ordered|sorted|to|on|at|among|using|used|does|do|is|are"
    r"|has|have)\b))"
)
"""Where the words end that belong to `their`."""
_OWNED: Final = re.compile(
    r"\b(?:his or her|their|its|his|her|(?:this|that|these|those) \w+(?: \w+)?(?:'s|s'))\s+"
    rf"(?P<what>.+?){_STOP}",
    re.IGNORECASE,
)
_COMPARED: Final = re.compile(r"\b(?P<than>than|as) (?:that|this|it)\b(?! \w)", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:these|those|this|that|such) (?P<noun>(?!(?:of|who|that|whose|which|with|from|in|have|has|are|is"
    r"|having|born|opened|made|for)\b)\w+"
    r"(?: (?!(?:that|who|which|whose|where|with|in|from|is|are|has|have)\b)\w+)?)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"\b(?:the ones|those|these|them|they|ones|it|he|she|him)\b", re.IGNORECASE)
_BEGINS: Final = re.compile(
    rf"(?:{ASK}|what|which|who|how|where|when|in|for|of|sort|order|do|does|is|are)\b", re.IGNORECASE
)


def replace_pointers(follow: FollowUp) -> str | None:
    """`show their names` after `which singers are French?`: the names of singers that are
    French."""
    read = follow.reading
    text = replace_pointer(read, follow.text) if read.entity else None
    if text is None:
        return None
    text = re.sub(r"^(?:only|just) ", "", text, flags=re.IGNORECASE)
    return sentence(text if _BEGINS.match(text) else f"show {text}")


def replace_pointer(read: QuestionParts, text: str) -> str | None:
    """The text with the first word that points back replaced; None if there is none that can be.

    Args:
        read: The parts of the question before.
        text: A follow-up or a part of it.
    """
    found = [one for pattern in (_OWNED, _COMPARED, _NAMED, _BARE) if (one := pattern.search(text))]
    if not found:
        return None
    first = min(found, key=lambda one: one.start())
    end = first.end()
    if first.re is _OWNED:
        new = f"the {first['what']} of {read.entity}"
    elif first.re is _COMPARED:
        new = f"{first['than']} {read.whole}"
    elif first.re is _NAMED:
        named = _find_named(read, first["noun"])
        if named is None:
            return None
        new, end = named[0], first.start("noun") + len(named[1])
    else:
        new = read.entity
    return text[: first.start()] + new + text[end:]


def _find_named(read: QuestionParts, noun: str) -> tuple[str, str] | None:
    """What `these museums` stands for, and the words of the noun that say it."""
    for words in (noun, noun.split()[0]):
        stem = stems_of(words)[-1]
        for name in (read.entity, read.whole):
            if stem in stems_of(name):
                return name, words
    return None
