"""The rules by which a follow-up question and the one before it become one question.

Each rule is a function of a `FollowUp`; the first one that returns a question decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nshot.pipeline.followup.arrange import count_answer, order_answer, remove_duplicates
from nshot.pipeline.followup.change import ask_about, exchange_summary, exchange_value
from nshot.pipeline.followup.follow_up import FollowUp
from nshot.pipeline.followup.narrow import add_asked, ask_of_these, choose_among, narrow_answer
from nshot.pipeline.followup.point import replace_pointers

Rule = Callable[[FollowUp], str | None]


def put_before(follow: FollowUp) -> str:
    """Anything else: the question before is put before it."""
    before, last = follow.before.strip(), follow.asked.strip()[-1:]
    if before[-1:] not in ".?!":
        before += "."
    return f"{before} {follow.text[:1].upper()}{follow.text[1:]}{last if last in '?.!' else '.'}"


RULES: Final[dict[str, Rule]] = {
    "another value": exchange_value,
    "each once": remove_duplicates,
    "sorted": order_answer,
    "another summary": exchange_summary,
    "something else of the same": ask_about,
    "counted": count_answer,
    "one more thing of the same": add_asked,
    "one of these": choose_among,
    "asked of these": ask_of_these,
    "one more condition": narrow_answer,
    "what it points to": replace_pointers,
    "the question before, and this one": put_before,
}
"""What a rule does, in the words that people are shown; in the order in which they are tried."""
