"""Rules that change a part of the question before: a value, a summary, what is asked."""

from __future__ import annotations

import re
from typing import Final

from nshot.pipeline.followup.follow_up import FollowUp
from nshot.pipeline.followup.point import replace_pointer
from nshot.pipeline.followup.reading import QuestionParts
from nshot.pipeline.followup.words import (
    AGGREGATE,
    AGGREGATES,
    ASK,
    IDENTIFYING,
    PREPOSITION,
    THEM,
    WHAT_IS,
    join_and,
    match_all,
    stems_of,
    without_articles,
    words_of,
)

_NUMBER: Final = re.compile(r"\b\d+(?:\.\d+)?\b")
_OPPOSITES: Final = (("before", "after"), ("above", "below"), ("over", "under"), ("with", "without"))
_NEUTRAL: Final = frozenset("the and also of value values amount for those these them among".split())


def exchange_value(follow: FollowUp) -> str | None:
    """`and in Spain?` after `... from France`: a value takes the place of one of the same column.

    A number takes the place of the only number before, a year only that of a year. `how about
    after?` turns `before` round.
    """
    found = match_all(
        r"(?:(?:what|how) about|same for|only|just)?\s*(?:(?:the )?(?:ones?|those)\s+)?"
        rf"(?P<new>(?:{PREPOSITION} )?(?:the )?[^,]{{1,60}})",
        follow.text,
    )
    if found is None or re.match(rf"{ASK}\b|what|which|who|how|sort|order", found["new"], re.IGNORECASE):
        return None
    new = found["new"]
    return (
        _exchange_cell(follow, new) or _turn_round(follow.before, new) or _exchange_number(follow.before, new)
    )


def _exchange_cell(follow: FollowUp, text: str) -> str | None:
    before = follow.before
    for old in follow.matches(before):
        for new in follow.matches(text):
            if (old.table, old.column) == (new.table, new.column) and old.value != new.value:
                return before[: old.start] + text[new.start : new.end] + before[old.end :]
    return None


def _turn_round(before: str, new: str) -> str | None:
    for pair in _OPPOSITES:
        for old, other in (pair, pair[::-1]):
            if new.lower() == other and (found := re.search(rf"\b{old}\b", before, re.IGNORECASE)):
                return before[: found.start()] + other + before[found.end() :]
    return None


def _exchange_number(before: str, text: str) -> str | None:
    olds, news = list(_NUMBER.finditer(before)), list(_NUMBER.finditer(text))
    if len(olds) != 1 or len(news) != 1 or _is_year(olds[0][0]) != _is_year(news[0][0]):
        return None
    words = set(re.findall(r"[a-z]+", text.lower())) - {"the", "in", "year", "about"}
    if not words <= set(re.findall(r"[a-z]+", before.lower())):
        return None
    return before[: olds[0].start()] + news[0][0] + before[olds[0].end() :]


def _is_year(number: str) -> bool:
    return bool(re.fullmatch(r"(?:1[5-9]|20)\d\d", number))


def exchange_summary(follow: FollowUp) -> str | None:
    """`give me the average`, `and the minimum?`: another summary of the same column."""
    found = match_all(
        rf"(?:also )?(?:(?:{ASK}|{WHAT_IS})(?: also)? )?"
        rf"(?P<new>(?:(?:and|also|the|,|values?|amount|{AGGREGATE})\s*)+(?:(?:of|for|among) {THEM})?)",
        follow.text,
    )
    return None if found is None else _summarise(follow, found["new"])


def _summarise(follow: FollowUp, text: str) -> str | None:
    read, words = follow.reading, words_of(text)
    new = [AGGREGATES[word] for word in words if word in AGGREGATES]
    if not new or not read.entity or set(words) - set(AGGREGATES) - _NEUTRAL:
        return None
    old = [AGGREGATES[word] for word in words_of(read.asked) if word in AGGREGATES]
    if re.search(r"\b(?:also|too|as well)\b", follow.asked, re.IGNORECASE):
        new = [*old, *new]
    column = re.sub(rf"\b(?:{AGGREGATE})\b(?: and)?(?: of)?", "", read.asked, flags=re.IGNORECASE)
    column = without_articles(" ".join(column.split()).strip(" ,"))
    if not column or IDENTIFYING & set(words_of(column)):
        return None
    return f"What is the {join_and(list(dict.fromkeys(new)))} {column} of {read.entity}?"


def ask_about(follow: FollowUp) -> str | None:
    """`what about those from Spain?`, `how about its director?`: something else of the same
    things."""
    read = follow.reading
    found = match_all(r"(?:what|how) about (?P<new>.+)", follow.text)
    if found is None or not read.entity:
        return None
    new = found["new"]
    if summary := _summarise(follow, new):
        return summary
    if those := match_all(r"(?:the )?(?:ones|those|one) (?P<which>.+)", new):
        return follow.again(read.asked, _other_things(follow, those["which"]))
    if _same_noun(new, read.entity):
        return follow.again(read.asked, new)
    if those := match_all(rf"(?P<what>.+?) (?:of|for) {THEM} ?(?P<which>.*)", new):
        return follow.again(those["what"], follow.limit_to(those["which"]))
    pointed = replace_pointer(read, new)
    if pointed is not None or re.search(r"\b(?:of|for|in|with)\b", new):
        return f"{read.lead or 'Show'} {pointed or new}{follow.end}"
    return follow.again("the " + without_articles(new), read.entity)


def _other_things(follow: FollowUp, which: str) -> str:
    """The things with a condition in place of one that begins with the same word, else with one
    more.
    """
    read = follow.reading
    other = match_all(r"(?:for|of) (?P<things>.+)", which)
    if other and _same_noun(other["things"], read.entity):
        return other["things"]
    return _in_place(read, which) or follow.limit_to(which)


def _in_place(read: QuestionParts, which: str) -> str | None:
    old = re.search(rf"\b{re.escape(which.split()[0])}\b", read.entity, re.IGNORECASE)
    return f"{read.entity[: old.start()]}{which}" if old and old.start() else None


def _same_noun(things: str, entity: str) -> bool:
    """Whether `people whose ...` and `people` begin with the same noun."""
    return " " in things and stems_of(things)[:1] == stems_of(entity)[:1] != []
