"""What a question asks for, and of what: `What are the names | of | singers from France?`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from nshot.pipeline.followup.words import stems_of

_VERBS: Final = (
    r"is|are|was|were|has|have|had|do|does|did|can|could|live|lives|lived|speak|speaks|use|uses|used|contain"
    r"|contains|belong|belongs|come|comes|came|work|works|worked|own|owns|owned|play|plays|played|win|won"
    r"|lose|lost|visit|visited|participate|participated|attend|attended|receive|received|hold|holds|make"
    r"|makes|made|cost|costs|start|starts|take|takes|took|got|get|gets|fly|arrive|depart|perform|performed"
    r"|directed|written|released|treated|conducted|hire|hires|hired|produce|produces|produced|vote|voted"
)
_NO_VERB: Final = rf"(?!(?:{_VERBS})\b)[\w'-]+"
_POLITE: Final = r"(?:please|(?:can|could|would) you|i (?:want to|would like to)(?: know| see)?)"
_REQUEST: Final = re.compile(
    rf"^(?P<lead>(?:{_POLITE}[\s,]+)*"
    r"(?:(?:show|list|give|find|tell|return|display|get|report|name)(?: out)?(?: me| us)?(?: just| only)?"
    r"|what(?:'s| is| are| was| were)|know|see))\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_COUNT: Final = re.compile(
    r"^(?:(?:what is|find|show|give me|tell me|return|count) )?"
    r"(?:how many|(?:the )?(?:total )?number of|count(?: the number of)?) (?P<noun>.+?)"
    r"(?: (?:(?:are|is|were|was) there|(?:do|did) we have|exist)(?P<where>\b.*)?"
    rf"|(?P<verb> (?:{_VERBS})\b.*))?$",
    re.IGNORECASE,
)
_WHICH: Final = re.compile(
    rf"^(?:which|what) (?P<noun>{_NO_VERB}(?: {_NO_VERB}){{0,4}}?) (?P<verb>(?:{_VERBS})\b.*)$",
    re.IGNORECASE,
)
_IN_WHICH: Final = re.compile(
    r"^(?P<prep>in|on|for|at|to|from) (?:which|what) (?P<noun>[\w' ]+?) (?P<verb>is|are|was|were|do|does|did)"
    r" (?P<rest>.+)$",
    re.IGNORECASE,
)
_WHO: Final = re.compile(r"^who(?: all)? (?P<verb>.+)$", re.IGNORECASE)
_SPLIT: Final = re.compile(
    r"^(?P<asked>(?:(?!\b(?:of|for|from|in|whose|that|who|which|with|where|by|on|at|as)\b).)+?"
    r"(?:(?:number|count|amount|sum|average|maximum|minimum|years?|types?|forms?|heads?|levels?)"
    r" of [^\"]+?)?)"
    r" (?:of|for) (?P<entity>.+)$",
    re.IGNORECASE,
)
_QUANTIFIERS: Final = re.compile(
    r"^(?:(?:all|the|each|every|both|any|some|of|us|me|different|distinct|unique"
    r"|information(?: about| for| of)?|details?(?: about| for| of)?)\s+)+(?=\w)",
    re.IGNORECASE,
)
_ORDER: Final = re.compile(
    r",?\s+(?:(?:and )?(?:sorted|ordered|sort|order|ranked|listed)\b.*|in (?:the )?(?:descending|ascending"
    r"|increasing|decreasing|alphabetical|lexicographical)\b.*)$",
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(r"\b(?:that|who|whose|which|where|with|in which)\b", re.IGNORECASE)


class QuestionParts(NamedTuple):
    """A question's parts; empty where they were not found."""

    lead: str = ""
    """How it asks: `Show`, `What are`."""
    asked: str = ""
    """What is asked of each thing: `the names and ages`."""
    entity: str = ""
    """The things: `singers from France`, without `all` and `the`."""
    order: str = ""
    """How the answer is sorted: `in descending order of age`."""
    counts: bool = False
    """Whether it counts the things."""

    @property
    def whole(self) -> str:
        """What the answer consists of, in words: `the names of singers from France`."""
        if self.asked and self.entity:
            return f"{self.asked} of {self.entity}"
        return f"the number of {self.entity}" if self.counts else self.asked or self.entity

    @property
    def is_limited(self) -> bool:
        """Whether the things have a relative clause."""
        return bool(_RELATIVE.search(self.entity))


def read_question(question: str, noun: str = "") -> QuestionParts:
    """The parts of a question that stands alone.

    Args:
        question: The question.
        noun: What the rows of the table that was asked are called, for questions that do not say
            it.

    >>> read_question("What are the names of all singers from France?")
    QuestionParts(lead='What are', asked='the names', entity='singers from France', order='', counts=False)
    >>> read_question("How many museums opened in 2010?").entity
    'museums opened in 2010'
    >>> read_question("Which battles lost ships?").entity
    'battles that lost ships'
    """
    text = " ".join(question.replace("\ufeff", " ").split()).rstrip(" ?.!;,")
    found = _ORDER.search(text)
    order = found[0].lstrip(" ,") if found else ""
    text = text[: found.start()] if found else text
    if re.search(r"[.?!] [A-Z]", text):
        return QuestionParts(order=order)
    if again := _COUNT.match(text):
        verb = (again["verb"] or "").strip()
        entity = _join_noun(_bare(again["noun"]) + (again["where"] or ""), verb)
        return QuestionParts("Show", "", entity, order, counts=True)
    if again := _IN_WHICH.match(text):
        entity = f"{again['noun']} {again['prep']} which {_move_verb(again['rest'], again['verb'])}"
        return QuestionParts("Show", "", entity, order)
    if again := _REQUEST.match(text):
        return _read_request(again["lead"], again["rest"], noun, order)
    if again := _WHICH.match(text):
        return QuestionParts("Show", "", _join_noun(_bare(again["noun"]), again["verb"]), order)
    if (again := _WHO.match(text)) and noun:
        return QuestionParts("Show", "the name", f"{noun} that {again['verb']}", order)
    return QuestionParts(order=order)


def _read_request(lead: str, rest: str, noun: str, order: str) -> QuestionParts:
    parts = _SPLIT.match(rest)
    if parts is None:
        head = _head(rest)
        if (stems := stems_of(noun)) and stems[-1] in stems_of(head)[:-1]:  # document names
            clause = rest[len(head) :].strip()
            return QuestionParts(lead, head, f"{noun} {clause}".strip(), order)
        return QuestionParts(lead, "", _bare(rest), order)
    asked = parts["asked"].strip()
    return QuestionParts(lead, asked, _bare(parts["entity"]), order)


def _head(rest: str) -> str:
    """The words before a clause."""
    return re.split(
        r"\s(?=(?:that|who|whose|which|with|without|where|from|in|of|for|by|on|at|above|below|under|over|used|caused"
        r"|directed|written|named|titled|opened|owned|born|spoken)\b)",
        rest,
        maxsplit=1,
    )[0]


def _join_noun(noun: str, verb: str) -> str:
    """A noun and what it does, as one noun phrase."""
    if not verb or _RELATIVE.search(noun.split()[-1]):
        return f"{noun} {verb}".strip()
    if _RELATIVE.search(noun):
        return f"{noun} and {verb}"
    return f"{noun} that {verb}"


def _bare(entity: str) -> str:
    return _QUANTIFIERS.sub("", entity.strip()).strip()


def _move_verb(rest: str, verb: str) -> str:
    """A clause with the verb back in its place: `is`, `Chinese spoken` -> `Chinese is spoken`."""
    words = rest.split()
    if verb.lower() in ("do", "does", "did"):
        return rest
    return " ".join([*words[:-1], verb, words[-1]])
