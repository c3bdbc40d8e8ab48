"""A follow-up question together with the question before it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from nshot.pipeline.followup.cues import FILLERS
from nshot.pipeline.followup.reading import QuestionParts, read_question
from nshot.pipeline.followup.words import RELATIVE, match_all, without_articles, words_of
from nshot.stemming import strip_endings
from nshot.types import CellMatch

Matches = Callable[[str], Sequence[CellMatch]]


@dataclass(frozen=True)
class FollowUp:
    """A follow-up question, and the question before it, which stands alone."""

    asked: str
    before: str
    noun: str = ""
    """What the rows of the table that was asked before are called."""
    matches: Matches = lambda _: ()
    """Finds cell values in a text."""

    @cached_property
    def text(self) -> str:
        """The follow-up without fillers and the last punctuation."""
        plain = " ".join(self.asked.replace("\ufeff", " ").split()).rstrip(" ?.!;,")
        plain = re.sub(r"^also,? ", "", FILLERS.sub("", plain), flags=re.IGNORECASE)
        return re.sub(r",? please$", "", plain, flags=re.IGNORECASE)

    @cached_property
    def adds(self) -> bool:
        """Whether it asks for something in addition."""
        return bool(re.search(r"\b(?:also|too|as well)\b|^and\b", self.asked, re.IGNORECASE))

    @cached_property
    def reading(self) -> QuestionParts:
        """The parts of the question before."""
        return read_question(self.before, self.noun)

    @cached_property
    def body(self) -> str:
        """The question before without its order and last punctuation."""
        plain = self.before.strip().rstrip(" ?.!;,")
        order = self.reading.order
        return plain[: -len(order)].rstrip(" ,") if order and plain.endswith(order) else plain

    @property
    def end(self) -> str:
        """The punctuation of the question before."""
        return "?" if self.before.rstrip().endswith("?") else "."

    def again(self, asked: str, entity: str) -> str:
        """The question before with other parts."""
        lead = self.reading.lead or "Show"
        parts = [lead, f"{asked} of {entity}" if asked else entity, self.reading.order]
        return " ".join(part for part in parts if part) + ("?" if lead.lower().startswith("what") else ".")

    def again_with(self, condition: str) -> str:
        """The question before with one more condition on the things."""
        entity = self.limit_to(condition)
        return (
            f"How many {entity} are there?" if self.reading.counts else self.again(self.reading.asked, entity)
        )

    def limit_to(self, condition: str) -> str:
        """The things with one more condition."""
        entity, condition = self.reading.entity, condition.strip()
        if self.reading.is_limited and re.match(RELATIVE, condition, re.IGNORECASE):
            return f"{entity} and {condition}"
        return f"{entity} {condition}".strip()

    def again_and(self, more: str) -> str:
        """The question before with one more thing asked of each thing: `also show their ages`."""
        read = self.reading
        more = re.sub(
            r"^(?:all )?(?:their|its|his or her|his|her) ", "the ", more.strip(), flags=re.IGNORECASE
        )
        more = re.sub(
            r" (?:of|for) (?:each of )?(?:those|these|them|it)(?: \w+)?$", "", more, flags=re.IGNORECASE
        )
        number = match_all(r"(?:the )?number of (?P<of>\w+(?: \w+)?)", more)
        if (
            number
            and read.asked
            and strip_endings(number["of"].lower()) == strip_endings(read.entity.lower())
        ):
            group = without_articles(read.asked)
            return f"{read.lead} {read.asked} and the number of {number['of']} for each {group}{self.end}"
        if read.counts:
            return f"Show the {without_articles(more)} of {read.entity}."
        if not read.asked:
            return f"{read.lead or 'Show'} {read.entity} and their {without_articles(more)}{self.end}"
        if {"information", "info"} & set(words_of(read.asked)):
            return self.again(more, read.entity)
        earlier = read.asked.replace(" and ", ", ")
        return self.again(f"{earlier} and {more}", read.entity)
