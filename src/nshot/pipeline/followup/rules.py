"""The rules by which a follow-up question and the one before it become one question.

Each rule is a function of a `FollowUp`; the first one that returns a question decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from nshot.pipeline.followup.cues import FILLERS
from nshot.pipeline.followup.reading import Reading, read_question
from nshot.stemming import strip_endings
from nshot.types import CellMatch

Matches = Callable[[str], Sequence[CellMatch]]
Rule = Callable[["FollowUp"], str | None]

_ASK: Final = r"(?:show|list|give|find|tell|return|display|include|add|get|see|count)(?: (?:me|us))?"
_THEM: Final = (
    r"(?:each of |all of |all |both |any of |every one of )?(?:those|these|them|they|the ones|ones|it|this|that"
    r"|the above|the results?)"
)
_AGGREGATES: Final = {
    "average": "average", "mean": "average", "minimum": "minimum", "min": "minimum", "smallest": "minimum",
    "lowest": "minimum", "maximum": "maximum", "max": "maximum", "largest": "maximum", "highest": "maximum",
    "total": "total", "sum": "total",
}  # fmt: skip
_AGGREGATE: Final = "|".join(_AGGREGATES)
_PREPOSITION: Final = (
    r"(?:in|from|for|with|by|at|on|of|before|after|since|between|above|below|under|over|during|within)"
)
_GENERIC: Final = frozenset(
    "name names id ids info information detail details title titles description descriptions first last".split()
)
"""Words for columns that tell one thing from another: counting them is counting the things."""
_NUMBER: Final = re.compile(r"\b\d+(?:\.\d+)?\b")


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
        return re.sub(r",? please$", "", FILLERS.sub("", plain), flags=re.IGNORECASE)

    @cached_property
    def adds(self) -> bool:
        """Whether it asks for something in addition."""
        return bool(re.search(r"\b(?:also|too|as well)\b|^and\b", self.asked, re.IGNORECASE))

    @cached_property
    def reading(self) -> Reading:
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

    def again(self, asked: str, entity: str, order: str = "") -> str:
        """The question before with other parts."""
        lead = self.reading.lead or "Show"
        parts = [lead, f"{asked} of {entity}" if asked else entity, order or self.reading.order]
        return " ".join(part for part in parts if part) + ("?" if lead.lower().startswith("what") else ".")


def exchange_value(follow: FollowUp) -> str | None:
    """`and in Spain?` after `... from France`: a value takes the place of one of the same column.

    A number takes the place of the only number before; a year only of a year.
    """
    found = _match(rf"(?:(?:what|how) about|same for|only|just)?\s*(?:(?:the )?(?:ones?|those)\s+)?"
                   rf"(?P<new>(?:{_PREPOSITION} )?(?:the )?[^,]{{1,60}})", follow.text)
    if found is None or re.match(rf"{_ASK}\b|what|which|who|how|sort|order", found["new"], re.IGNORECASE):
        return None
    for old in follow.matches(follow.before):
        for new in follow.matches(found["new"]):
            if (old.table, old.column) == (new.table, new.column) and old.value != new.value:
                return follow.before[: old.start] + found["new"][new.start : new.end] + follow.before[old.end :]
    if turned := _turned(follow.before, found["new"]):
        return turned
    olds, news = list(_NUMBER.finditer(follow.before)), _NUMBER.findall(found["new"])
    if len(olds) == len(news) == 1 and _is_year(olds[0][0]) == _is_year(news[0]):
        words = set(re.findall(r"[a-z]+", found["new"].lower())) - {"the", "in", "year", "about"}
        if words <= set(re.findall(r"[a-z]+", follow.before.lower())):
            return follow.before[: olds[0].start()] + news[0] + follow.before[olds[0].end() :]
    return None


def _turned(before: str, new: str) -> str | None:
    """`how about after?`: the opposite preposition."""
    for pair in (("before", "after"), ("above", "below"), ("over", "under"), ("with", "without")):
        for old, other in (pair, pair[::-1]):
            if new.lower() == other and (found := re.search(rf"\b{old}\b", before, re.IGNORECASE)):
                return before[: found.start()] + other + before[found.end() :]
    return None


def remove_duplicates(follow: FollowUp) -> str | None:
    """`show all distinct results`: each value once."""
    read = follow.reading
    if not read.entity or not _match(
        r"filter out (?:the )?duplicates|remove (?:the )?duplicates|(?:show|list|give|display)(?: me)?(?: all| only)?(?: the)?"
        r" (?:distinct|different|unique) (?:results?|values?|ones)(?: among them)?", follow.text
    ):
        return None
    return follow.again(f"the different {_plain(read.asked)}" if read.asked else "", read.entity if read.asked else f"different {read.entity}")


def order_answer(follow: FollowUp) -> str | None:
    """`sort them by age`: the question before, sorted."""
    found = _match(
        rf"(?:(?:sort|order|rank|arrange)(?: {_THEM})?(?: \w+)??|{_ASK} {_THEM}) "
        r"(?P<how>(?:by|in|from|according|alphabetic\w*|ascending|descending)\b.*)",
        follow.text,
    )
    if found is None:
        if limit := _match(rf"limit (?:{_THEM} )?to (?P<n>.+)|{_ASK} (?:only )?the (?P<top>top \w+)", follow.text):
            return f"{follow.before.strip().rstrip(' ?.!;,')}, only the {limit['top'] or 'first ' + limit['n']}{follow.end}"
        return None
    how = re.sub(r"\b(?:their|its|his|her)\b", "the", found["how"])
    joined = how if how.lower().startswith("in ") else f"sorted {how}"
    return f"{follow.body} {joined}{follow.end}"


def count_answer(follow: FollowUp) -> str | None:
    """`how many are there?`: the things of the question before are counted."""
    read = follow.reading
    if not read.entity:
        return None
    there = r"(?: (?:is|are|were|was) (?:there|that|those|these|they|it))"
    if _match(rf"how many(?: of (?:them|these|those))?(?: such \w+| \w+)??{there}?(?: of (?:them|those|these))?"
              r"(?: are there)?(?: in total| altogether)?", follow.text):
        words = set(re.findall(r"\w+", read.asked.lower()))
        if not read.asked or words & _GENERIC or "number" in words:
            return f"How many {read.entity} are there?"
        return f"How many different {_plain(read.asked)} of {read.entity} are there?"
    if found := _match(r"how many of (?:them|these|those)(?: \w+)?? (?P<rest>(?:are|were|have|had|do|did|is)\b.*)", follow.text):
        return f"How many {read.entity} {found['rest']}?"
    return None


def choose_among(follow: FollowUp) -> str | None:
    """`which of them ...`, `of those, which ...`: the things of the question before are chosen from."""
    read = follow.reading
    if not read.entity:
        return None
    verb = r"(?:are|is|was|were|has|have|had|do|does|did|can|belongs?|contains?|speaks?|received|visited|won|used|uses?|hosts?)"
    found = _match(
        rf"(?:(?:of|among|amongst|for|from|in|out of) {_THEM}(?: \w+)??,? )?(?:which|what|who)"
        rf"(?: ones?| of {_THEM}(?: \w+)??)? (?P<rest>{verb}\b.+)",
        follow.text,
    )
    if found and _match(rf"(?:of|among|amongst|for|from|in|out of|which ones?|which of|which {verb}|who of)\b.*", follow.text):
        rest = found["rest"]
        if _match(r"(?:did|do|does|have|has|are|is|were) not", rest) or "the answer" in rest:
            return None
        if re.match(r"(?:is|are) (?:the |their |its )?(?:average|total|sum|minimum|maximum|names?|ids?)\b", rest):
            return f"What {rest} of {read.entity}?"
        if _match(r"(?:has|have|had|contains?|is|are|speaks?|with) the (?:most|least|fewest|highest|lowest|largest|greatest|smallest|minimum|maximum)", rest):
            rest += _measured(follow.before)
        return f"Which {read.entity} {rest}?"
    found = _match(rf"(?:of|among|amongst|for|from|in|out of) {_THEM}(?: \w+)??,? (?P<rest>.+)", follow.text)
    if found is None or not re.match(rf"{_ASK}\b|what|how many|also", found["rest"], re.IGNORECASE):
        return None
    if again := _match(r"how many (?P<rest>(?:are|were|have|had|do|did|is)\b.*)", found["rest"]):
        return f"How many {read.entity} {again['rest']}?"
    rest = re.sub(r"\b(?:their|its|his|her)\b", "the", found["rest"])
    if follow.adds and (also := _match(rf"(?:also )?{_ASK}(?: also)? (?P<x>.+)", rest)):
        return _with_asked(follow, also["x"])
    return f"{rest[:1].upper()}{rest[1:]} of {read.entity}{'?' if re.match('what|how', rest, re.IGNORECASE) else '.'}"


def add_asked(follow: FollowUp) -> str | None:
    """`also show the email`: one more thing is asked of the same."""
    each = re.match(rf"for (?:each|every)(?: one)?(?: of {_THEM})?(?: \w+){{0,2}}?(?:,| (?=how many|count|show))\s*", follow.text, re.IGNORECASE)
    if not follow.adds and each is None:
        return None
    if each and (many := _match(r"how many (?P<n>[\w ]+?) (?:are|is|were|do|does|did|have|has)\b.*", follow.text[each.end() :])):
        return _with_asked(follow, f"the number of {many['n']}")
    found = _match(
        rf"(?:for (?:each|every)(?: one)?(?: of {_THEM})?(?: \w+){{0,2}}?,? )?(?:also )?(?:please )?(?:{_ASK}|what (?:is|are|was|were))"
        rf"(?: also)? (?P<x>.+?)(?:,? (?:too|as well))?(?: (?:of|for) {_THEM}(?: \w+)?)?",
        re.sub(r"^also,? ", "", follow.text),
    )
    if found is None or not follow.reading.entity:
        return None
    if those := _match(r"(?:those|the ones|ones) (?P<which>.+)", found["x"]):
        return f"{follow.body} or {those['which']}{follow.end}"
    return _with_asked(follow, found["x"])


def narrow_answer(follow: FollowUp) -> str | None:
    """`only those from France`: a condition is added."""
    read = follow.reading
    found = _match(
        rf"(?:(?:only|just)\s)?(?:{_ASK}\s)?(?:(?:only|just)\s)?(?:the results? )?(?:for )?(?:all )?"
        rf"(?:those|these|the ones|ones) (?P<which>.+)",
        follow.text,
    ) or _match(rf"(?:(?:only|just)\s)?(?:{_ASK}\s)?(?:(?:only|just)\s)?(?:the results? )?(?P<which>{_PREPOSITION} (?!{_THEM}\b|each\b).+)", follow.text)
    if found is None or not read.entity or re.search(r"\bwhich (?:are|have|did)\b.*,", found["which"]):
        return None
    if not re.match(rf"{_PREPOSITION}\b|that|who|whose|which|where|without|whom|born|\w+ed\b|\w+ing\b|made|held|written", found["which"], re.IGNORECASE):
        return None
    entity = _limited(read, found["which"])
    return f"How many {entity} are there?" if read.counts else follow.again(read.asked, entity)


def ask_about(follow: FollowUp) -> str | None:
    """`what about the oldest?`, `how about its director?`: something else is asked of the same."""
    read = follow.reading
    found = _match(r"(?:what|how) about (?P<x>.+)", follow.text)
    if found is None or not read.entity:
        return None
    x = found["x"]
    if swapped := _swap_aggregate(follow, x):
        return swapped
    if those := _match(r"(?:the )?(?:ones|those|one) (?P<which>.+)", x):
        return follow.again(read.asked, _exchanged(read, those["which"]))
    if those := _match(rf"(?P<what>.+?) (?:of|for) (?:{_THEM}) ?(?P<which>.*)", x):
        return follow.again(those["what"], _limited(read, those["which"]))
    if re.search(r"\b(?:of|for|in|with)\b", x):
        return f"{(read.lead or 'Show')} {x}{follow.end}"
    return follow.again("the " + _plain(x), read.entity)


def swap_aggregate(follow: FollowUp) -> str | None:
    """`give me the average`, `and the minimum?`: another summary of the same column."""
    found = _match(
        rf"(?:also )?(?:(?:{_ASK}|what (?:is|are|was|were))(?: also)? )?(?P<x>(?:(?:and|also|the|,|values?|amount|{_AGGREGATE})\s*)+"
        rf"(?:(?:of|for|among) {_THEM})?)",
        follow.text,
    )
    return None if found is None else _swap_aggregate(follow, found["x"])


def _swap_aggregate(follow: FollowUp, x: str) -> str | None:
    read = follow.reading
    new = [_AGGREGATES[word] for word in re.findall(r"\w+", x.lower()) if word in _AGGREGATES]
    others = set(re.findall(r"\w+", x.lower())) - set(_AGGREGATES) - set("the and also of value values amount for those these them".split())
    if not new or others or not read.entity:
        return None
    old = [word.lower() for word in re.findall(rf"\b(?:{_AGGREGATE})\b", read.asked, re.IGNORECASE)]
    if follow.adds and old:
        new = [*(_AGGREGATES[word] for word in old), *new]
    column = re.sub(rf"\b(?:{_AGGREGATE})\b(?: and)?(?: of)?", "", read.asked, flags=re.IGNORECASE)
    column = _plain(" ".join(column.split()).strip(" ,"))
    if not column or set(column.lower().split()) & _GENERIC:
        return None
    return f"What is the {_and_join(list(dict.fromkeys(new)))} {column} of {read.entity}?"


def replace_pronouns(follow: FollowUp) -> str | None:
    """`their names`, `these museums`, `older than that`: words that point back are replaced."""
    read, text = follow.reading, follow.text
    if not read.entity:
        return None
    text, changed = _replaced(read, text)
    if not changed:
        return None
    text = re.sub(r"^(?:only|just) ", "", text, flags=re.IGNORECASE)
    if not re.match(rf"{_ASK}\b|what|which|who|how|where|when|in |for |of |sort|order|do|does|is|are", text, re.IGNORECASE):
        text = f"Show {text}"
    question = bool(re.match(r"what|which|who|how|where|when|in which|do|does|is|are", text, re.IGNORECASE))
    return f"{text[:1].upper()}{text[1:]}{'?' if question else '.'}"


_STOP: Final = (
    r"(?=\s*(?:,\s*(?:which|what|who|how|show|list|give|find|sort|order)|$| (?:in|by|for|from|with|that|who|where|when|if"
    r"|ordered|sorted|to|on|at|among|using|used|does|do|is|are|has|have)\b))"
)
"""Where the words end that belong to `their`."""
_OWNED: Final = re.compile(rf"\b(?:his or her|their|its|his|her)\s+(?P<x>.+?){_STOP}", re.IGNORECASE)
_COMPARED: Final = re.compile(r"\b(?P<than>than|as) (?:that|this|it)\b(?! \w)", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"\b(?:these|those|this|that|such) (?P<noun>(?!(?:of|who|that|whose|which|with|from|in|have|has|are|is|having|born"
    r"|opened|made|for)\b)\w+(?: \w+)?)",
    re.IGNORECASE,
)
_BARE: Final = re.compile(r"\b(?:the ones|those|these|them|they|ones|it|he|she|him)\b", re.IGNORECASE)


def _replaced(read: Reading, text: str) -> tuple[str, int]:
    """The text with the first word that points back replaced; and whether there was one."""
    found = [one for pattern in (_OWNED, _COMPARED, _NAMED, _BARE) if (one := pattern.search(text))]
    if not found:
        return text, 0
    first = min(found, key=lambda one: one.start())
    if first.re is _NAMED:
        return _name(read, text, first)
    if first.re is _OWNED:
        new = f"the {first['x']} of {read.entity}"
    elif first.re is _COMPARED:
        new = f"{first['than']} {read.whole}"
    else:
        new = read.entity
    return text[: first.start()] + new + text[first.end() :], 1


def _name(read: Reading, text: str, found: re.Match[str]) -> tuple[str, int]:
    """The text with the things that `these museums` stands for in its place."""
    for words in (found["noun"].split(), found["noun"].split()[:1]):
        stems = {strip_endings(word.lower()) for word in words[-1:]}
        for name in (read.entity, read.whole):
            if stems & {strip_endings(word) for word in re.findall(r"\w+", name.lower())}:
                end = found.start("noun") + len(" ".join(words))
                return text[: found.start()] + name + text[end:], 1
    return text, 0


def put_before(follow: FollowUp) -> str | None:
    """Anything else: the question before is put before it."""
    before = follow.before.strip()
    return f"{before if before[-1:] in '.?!' else before + '.'} {follow.text[:1].upper()}{follow.text[1:]}{follow.asked.strip()[-1:] if follow.asked.strip()[-1:] in '?.!' else '.'}"


RULES: Final[dict[str, Rule]] = {
    "another value": exchange_value,
    "each once": remove_duplicates,
    "sorted": order_answer,
    "another summary": swap_aggregate,
    "something else of the same": ask_about,
    "counted": count_answer,
    "one more thing of the same": add_asked,
    "one of these": choose_among,
    "one more condition": narrow_answer,
    "what it points to": replace_pronouns,
    "the question before, and this one": put_before,
}
"""What a rule does, in the words that people are shown; in the order in which they are tried."""


def _match(pattern: str, text: str) -> re.Match[str] | None:
    return re.fullmatch(pattern, text, re.IGNORECASE)


def _is_year(number: str) -> bool:
    return bool(re.fullmatch(r"(?:1[5-9]|20)\d\d", number))


def _plain(asked: str) -> str:
    return re.sub(r"^(?:(?:the|all|their|its|his or her|his|her|each|different|distinct)\s+)+", "", asked.strip(), flags=re.IGNORECASE)


def _and_join(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _limited(read: Reading, which: str) -> str:
    """The things with one more condition."""
    which = which.strip()
    if not which:
        return read.entity
    if read.is_limited and re.match(r"that|who|whose|which|where|with", which, re.IGNORECASE):
        return f"{read.entity} and {which}"
    return f"{read.entity} {which}"


def _exchanged(read: Reading, which: str) -> str:
    """The things with a condition in place of one that begins in the same way, else with one more."""
    first = which.split()[0]
    old = re.search(rf"\b{re.escape(first)}\b", read.entity, re.IGNORECASE)
    return f"{read.entity[: old.start()]}{which}" if old and old.start() else _limited(read, which)


def _with_asked(follow: FollowUp, x: str) -> str | None:
    """The question before with one more thing asked."""
    read = follow.reading
    new = re.sub(r"^(?:all )?(?:their|its|his or her|his|her) ", "the ", x.strip(), flags=re.IGNORECASE)
    new = re.sub(rf" (?:of|for) {_THEM}(?: \w+)?$", "", new, flags=re.IGNORECASE)
    number = _match(r"(?:the )?number of (?P<n>\w+(?: \w+)?)", new)
    if number and read.asked and strip_endings(number["n"].lower()) == strip_endings(read.entity.lower()):
        return f"{read.lead} {read.asked} and the number of {number['n']} for each {_plain(read.asked)}{follow.end}"
    if read.counts:
        return f"Show the {_plain(new)} of {read.entity}."
    if not read.asked:
        return f"{read.lead or 'Show'} {read.entity} and their {_plain(new)}{follow.end}"
    if set(re.findall(r"\w+", read.asked.lower())) & {"information", "info"}:
        return follow.again(new, read.entity)
    return follow.again(f"{read.asked} and {new}".replace(" and ", ", ", read.asked.count(" and ")), read.entity)


def _measured(before: str) -> str:
    """What was counted in the question before: ` concerts` of `the number of concerts`."""
    found = re.search(r"\b(?:number of|how many) ([\w ]+?)(?= (?:of|for|in|that|are|is|were|do|does|by|with|at)\b|[?.,]|$)", before, re.IGNORECASE)
    return f" {found[1]}" if found else ""
