"""The building blocks of grammar rules."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import Enum
from typing import Any, NamedTuple


class Literal(Enum):
    """Kinds of lexemes with free text."""

    STRING = "string"
    NUMBER = "number"
    WHOLE = "whole number"


class OneOf:
    """Any one of these texts; compared by identity, so that hashing a long list of columns is
    cheap.
    """

    __slots__ = ("encoded", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        self.encoded = tuple(text.encode() for text in self.texts)


class Call(NamedTuple):
    """A rule with its arguments: it stands for any of the sequences that the rule yields."""

    rule: Rule
    arguments: tuple[Any, ...]


class Named(NamedTuple):
    """A free name; the rule continues after it, with the name as the last argument."""

    rule: Rule
    arguments: tuple[Any, ...]


class Give(NamedTuple):
    """The end of a rule with a result: the next `Take` gets it, if one follows the rule."""

    found: Hashable


class Take(NamedTuple):
    """Continues with a rule whose last argument is the result (`Give`) of the rule before it."""

    rule: Rule
    arguments: tuple[Any, ...]


Item = str | Literal | OneOf | Call | Named | Give | Take
"""`str`: exactly this text."""
Sequences = Iterable[tuple[Item, ...]]
Rule = Callable[..., Sequences]


def call(rule: Rule, *arguments: Any) -> Call:
    """The rule with its arguments, which must be hashable."""
    return Call(rule, arguments)
