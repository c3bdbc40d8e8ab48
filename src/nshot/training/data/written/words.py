"""English for names of tables and columns, and for values."""

from __future__ import annotations

import random
from typing import Final

from nshot.stemming import strip_plural

_VERBS: Final = {
    "order": "placed",
    "hire": "hired",
    "ship": "shipped",
    "shipped": "shipped",
    "birth": "born",
    "release": "released",
    "publication": "published",
    "publish": "published",
    "creation": "created",
    "create": "created",
    "created": "created",
    "start": "started",
    "begin": "started",
    "end": "finished",
    "payment": "paid",
    "invoice": "invoiced",
    "purchase": "bought",
    "delivery": "delivered",
    "delivered": "delivered",
    "registration": "registered",
    "join": "joined",
    "founded": "founded",
    "opening": "opened",
    "open": "opened",
    "enrolled": "enrolled",
    "enrolment": "enrolled",
    "graduation": "graduated",
    "booking": "booked",
    "arrival": "arrived",
    "departure": "departed",
    "last update": "updated",
}
_SAME: Final = frozenset("staff series people information data news status children men women inches".split())
"""Words that are their own plural, or plural already."""
_ACTIVE: Final = frozenset(("started", "finished", "joined", "opened", "graduated", "arrived", "departed"))
MONTHS: Final = (
    "January February March April May June July August September October November December".split()
)
NUMBERS: Final = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 10: "ten"}


def plural(words: str) -> str:
    """The words in the plural.

    >>> plural("order line"), plural("category"), plural("bus"), plural("staff"), plural("day")
    ('order lines', 'categories', 'buses', 'staff', 'days')
    """
    last = words.rpartition(" ")[2]
    if last in _SAME or (strip_plural(last) != last and not last.endswith(("us", "is", "bus"))):
        return words
    if words.endswith("y") and words[-2:-1] not in tuple("aeiou"):
        return words[:-1] + "ies"
    if words.endswith(("s", "x", "ch", "sh")):
        return words + "es"
    return words + "s"


def did(column: str, *, singular: bool = False) -> str:
    """What happened at a date column, as the end of a sentence about rows: `were shipped`,
    `started`.

    Empty if the name does not say.

    >>> did("shipped date"), did("start date"), did("hire date", singular=True), did("date")
    ('were shipped', 'started', 'was hired', '')
    """
    core = column.removesuffix(" date").removesuffix(" time").removeprefix("date of ").removeprefix("date ")
    verb = _VERBS.get(core.strip(), "")
    if not verb or verb in _ACTIVE:
        return verb
    return f"{'was' if singular else 'were'} {verb}"


def count_word(number: int, rng: random.Random) -> str:
    """A small number, as a word as often as in digits."""
    return NUMBERS[number] if number in NUMBERS and rng.random() < 0.5 else str(number)


def literal(value: object) -> str:
    """A value as SQL."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return number_text(value)


def number_text(value: object) -> str:
    """A number without a fraction of zero.

    >>> number_text(58622.0), number_text(2.5), number_text(7)
    ('58622', '2.5', '7')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def month_words(month: str, rng: random.Random) -> str:
    """`2013-03` as a question has it."""
    year, number = month.split("-")
    name = MONTHS[int(number) - 1]
    return rng.choice((f"{name} {year}", f"{name} of {year}", f"{name} {year}"))
