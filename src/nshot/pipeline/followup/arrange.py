"""Rules that arrange or count the answer of the question before."""

from __future__ import annotations

import re

from nshot.pipeline.followup.follow_up import FollowUp
from nshot.pipeline.followup.words import ASK, IDENTIFYING, THEM, match_all, without_articles, words_of


def remove_duplicates(follow: FollowUp) -> str | None:
    """`show all distinct results`: each value once."""
    read = follow.reading
    found = match_all(
        r"(?:filter out|remove)(?: the)? duplicates"
        r"|(?:show|list|give|display)(?: me)?(?: all| only)?(?: the)? (?:distinct|different|unique)"
        r" (?:results?|values?|ones)(?: among them)?",
        follow.text,
    )
    if found is None or not read.entity:
        return None
    if not read.asked:
        return follow.again("", f"different {read.entity}")
    return follow.again(f"the different {without_articles(read.asked)}", read.entity)


def order_answer(follow: FollowUp) -> str | None:
    """`sort them by age`: the question before, sorted; `limit it to three`: its first three."""
    found = match_all(
        rf"(?:(?:sort|order|rank|arrange)(?: {THEM})?(?: \w+)??|{ASK} {THEM}) "
        r"(?P<how>(?:by|in|from|according|alphabetic\w*|ascending|descending)\b.*)",
        follow.text,
    )
    if found is None:
        return _limit(follow)
    how = re.sub(r"\b(?:their|its|his|her)\b", "the", found["how"])
    return f"{follow.body} {how if how.lower().startswith('in ') else f'sorted {how}'}{follow.end}"


def _limit(follow: FollowUp) -> str | None:
    found = match_all(
        rf"limit (?:{THEM} )?to (?P<number>.+)|{ASK} (?:only )?the (?P<top>top \w+)", follow.text
    )
    if found is None:
        return None
    before = follow.before.strip().rstrip(" ?.!;,")
    return f"{before}, only the {found['top'] or 'first ' + found['number']}{follow.end}"


def count_answer(follow: FollowUp) -> str | None:
    """`how many are there?`: the things of the question before are counted, or their different
    values.
    """
    read = follow.reading
    if not read.entity:
        return None
    things = r"(?:them|these|those)"
    there = r"(?:is|are|were|was) (?:there|that|those|these|they|it)"
    if match_all(
        rf"how many(?: of {things})?(?: such \w+| \w+)??(?: {there})?(?: of {things})?(?: are there)?"
        r"(?: in total| altogether)?",
        follow.text,
    ):
        words = set(words_of(read.asked))
        if not words or words & IDENTIFYING or "number" in words:
            return f"How many {read.entity} are there?"
        return f"How many different {without_articles(read.asked)} of {read.entity} are there?"
    some = match_all(
        rf"how many of {things}(?: \w+)?? (?P<rest>(?:are|were|have|had|do|did|is)\b.*)", follow.text
    )
    return None if some is None else f"How many {read.entity} {some['rest']}?"
