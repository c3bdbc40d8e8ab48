"""Rules that choose from the answer of the question before, or ask more of it."""

from __future__ import annotations

import re

from nshot.pipeline.followup.follow_up import FollowUp
from nshot.pipeline.followup.words import (
    ASK,
    OF,
    PREPOSITION,
    RELATIVE,
    THEM,
    VERB,
    WHAT_IS,
    match_all,
    sentence,
)

_SUPERLATIVE = (
    r"(?:has|have|had|contains?|is|are|speaks?|with) the"
    r" (?:most|least|fewest|highest|lowest|largest|greatest|smallest|minimum|maximum)"
)


def add_asked(follow: FollowUp) -> str | None:
    """`also show the email`, `for each of them, count the concerts`: one more thing of the same."""
    each = re.match(
        rf"for (?:each|every)(?: one)?(?: of {THEM})?(?: \w+){{0,2}}?(?:,| (?=how many|count|show))\s*",
        follow.text,
        re.IGNORECASE,
    )
    if not follow.reading.entity or not (follow.adds or each):
        return None
    rest = follow.text[each.end() :] if each else follow.text
    counted = r"how many (?P<of>[\w ]+?) (?:are|is|were|do|does|did|have|has)\b.*"
    if each and (many := match_all(counted, rest)):
        return follow.again_and(f"the number of {many['of']}")
    found = match_all(
        rf"(?:also )?(?:please )?(?:{ASK}|{WHAT_IS})(?: also)? (?P<more>.+?)(?:,? (?:too|as well))?"
        rf"(?: (?:of|for) {THEM}(?: \w+)?)?",
        rest,
    )
    if found is None:
        return None
    if those := match_all(r"(?:those|the ones|ones) (?P<which>.+)", found["more"]):
        return f"{follow.body} or {those['which']}{follow.end}"
    return follow.again_and(found["more"])


def choose_among(follow: FollowUp) -> str | None:
    """`which of them speak English?`: the things of the question before are chosen from."""
    read = follow.reading
    found = match_all(
        rf"(?:{OF} {THEM}(?: \w+)??,? )?(?:which|who)(?: ones?| of {THEM}(?: \w+)??)?"
        rf" (?P<rest>{VERB}\b.+)",
        follow.text,
    )
    if found is None or not read.entity:
        return None
    if not match_all(rf"(?:{OF}|which ones?|which of|which {VERB}|who of)\b.*", follow.text):
        return None  # "who has ..." asks anew
    rest = found["rest"]
    if match_all(rf"{VERB} not", rest):  # "which did not?": what they did is not said
        return None
    if match_all(_SUPERLATIVE, rest):
        rest += _what_was_counted(follow.before)
    return f"Which {_without_sibling(read.entity, rest)} {rest}?"


def ask_of_these(follow: FollowUp) -> str | None:
    """`of those, what is the average age?`: something is asked of the things of the question
    before.
    """
    entity = follow.reading.entity
    found = match_all(
        rf"{OF} {THEM}(?: \w+){{0,2}}?,? (?P<rest>(?:also )?(?:{ASK}|what|how many)\b.+)", follow.text
    )
    if found is None or not entity:
        return None
    rest, changed = re.subn(
        rf"\b(?:those|the ones)(?= (?:{RELATIVE}|in|from)\b)", lambda _: entity, found["rest"], count=1
    )
    if changed:
        return sentence(rest)
    if some := match_all(r"how many (?P<do>(?:are|were|have|had|do|did|is)\b.*)", rest):
        return f"How many {entity} {some['do']}?"
    rest = re.sub(r"\b(?:their|its|his|her)\b", "the", rest)
    if follow.adds and (also := match_all(rf"(?:also )?{ASK}(?: also)? (?P<more>.+)", rest)):
        return follow.again_and(also["more"])
    return sentence(f"{rest} of {entity}")


def narrow_answer(follow: FollowUp) -> str | None:
    """`only those from France`: one more condition; `do not list those that ...`: an exception."""
    if not follow.reading.entity:
        return None
    unwanted = match_all(rf"(?:do not|don't) {ASK} (?:any |the )?(?:those|ones) (?P<which>.+)", follow.text)
    if unwanted:
        return follow.again_with(f", except those {unwanted['which']}").replace(" ,", ",")
    only = rf"(?:(?:only|just)\s)?(?:{ASK}\s)?(?:(?:only|just)\s)?(?:the results? )?"
    found = match_all(
        rf"{only}(?:for )?(?:all )?(?:those|these|the ones|ones) (?P<which>.+)", follow.text
    ) or match_all(rf"{only}(?P<which>{PREPOSITION} (?!{THEM}\b|each\b).+)", follow.text)
    begins = rf"(?:{PREPOSITION}|{RELATIVE}|without|whom|born|\w+ed|\w+ing|made|held|written)\b"
    if found is None or not re.match(begins, found["which"], re.IGNORECASE):
        return None
    return follow.again_with(found["which"])


def _what_was_counted(before: str) -> str:
    """` concerts` of a question for `the number of concerts`; empty if nothing was counted."""
    found = re.search(
        r"\b(?:number of|how many) ([\w ]+?)"
        r"(?= (?:of|for|in|that|are|is|were|do|does|by|with|at)\b|[?.,]|$)",
        before,
        re.IGNORECASE,
    )
    return f" {found[1]}" if found else ""


def _without_sibling(entity: str, rest: str) -> str:
    """The things without a clause that begins as the new one does: it was another choice from the
    same.
    """
    name, _, clause = entity.partition(" that ")
    start = rest.lower().split()[:3]
    return name if len(start) == 3 and clause.lower().split()[:3] == start else entity
