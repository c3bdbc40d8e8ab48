"""What a grammar's rules are made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from enum import Enum
from typing import Any, NamedTuple


class Literal(Enum):
    """Lexemes whose text is free."""

    STRING = "string"
    NUMBER = "number"
    WHOLE = "whole number"


class OneOf:
    """Any one of these texts; compared by identity, so that a long list costs nothing to look up."""

    __slots__ = ("encoded", "texts")

    def __init__(self, texts: Iterable[str]) -> None:
        self.texts = tuple(texts)
        self.encoded = tuple(text.encode() for text in self.texts)


class Call(NamedTuple):
    """A rule with its arguments: it stands for any of the sequences that the rule gives."""

    rule: Rule
    arguments: tuple[Any, ...]


class Named(NamedTuple):
    """A free name; its text becomes the last argument of the rule that goes on."""

    rule: Rule
    arguments: tuple[Any, ...]


class Give(NamedTuple):
    """The end of a rule that found something out: it goes to the `Take` that waits next, if one does."""

    found: Hashable


class Take(NamedTuple):
    """Goes on with what the rule before it gave as the last argument."""

    rule: Rule
    arguments: tuple[Any, ...]


Item = str | Literal | OneOf | Call | Named | Give | Take
"""`str`: exactly this text."""
Sequences = Iterable[tuple[Item, ...]]
Rule = Callable[..., Sequences]


def call(rule: Rule, *arguments: Any) -> Call:
    """The rule with its arguments, which must be hashable."""
    return Call(rule, arguments)
