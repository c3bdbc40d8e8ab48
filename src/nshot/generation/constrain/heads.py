"""What a rule's text may begin with, and what is left of the rule behind that lexeme.

Worked out once for each rule with its arguments, wherever it stands.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from nshot.generation.constrain.items import Call, Give, Item, Literal, Named, OneOf, Take

Sequence = tuple[Item, ...]
Chain = tuple[tuple[Sequence, int], ...]
"""What is left: sequences, each from one of its items on; the last one comes first in the text."""


Entry = tuple[str | OneOf | Literal | Named, Chain]
"""One way to begin: a lexeme, and what is left behind it."""


class Heads:
    """All ways to begin."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.empty: dict[Give | None, None] = {}
        """How the rule may stand for no text at all: with something that it gives, or without."""

    @cached_property
    def texts(self) -> dict[bytes, list[Chain]]:
        """Fixed lexemes with what is left behind them."""
        found: dict[bytes, list[Chain]] = defaultdict(list)
        for lexeme, left in self.entries:
            if isinstance(lexeme, str | OneOf):
                for text in lexeme.encoded if isinstance(lexeme, OneOf) else (lexeme.encode(),):
                    found[text].append(left)
        return dict(found)

    @cached_property
    def by_first(self) -> dict[int, list[bytes]]:
        """Fixed lexemes by their first byte."""
        found: dict[int, list[bytes]] = defaultdict(list)
        for text in self.texts:
            found[text[0]].append(text)
        return dict(found)

    @cached_property
    def literals(self) -> dict[Literal, list[Chain]]:
        """Free lexemes with what is left behind them."""
        found: dict[Literal, list[Chain]] = defaultdict(list)
        for lexeme, left in self.entries:
            if isinstance(lexeme, Literal):
                found[lexeme].append(left)
        return dict(found)

    @cached_property
    def names(self) -> list[tuple[Named, Chain]]:
        """Who takes a free name, with what is left behind it."""
        return [(lexeme, left) for lexeme, left in self.entries if isinstance(lexeme, Named)]


class Rules:
    """Rules and what they stand for, remembered. Equal sequences are one object."""

    def __init__(self) -> None:
        self._heads: dict[Item, Heads] = {}
        self._sequences: dict[Sequence, Sequence] = {}

    def heads(self, item: Item) -> Heads:
        """How an item may begin."""
        found = self._heads.get(item)
        if found is None:
            found = self._heads[item] = Heads()
            if isinstance(item, Call):
                for sequence in item.rule(*item.arguments):
                    self._add(found, self.one(tuple(sequence)), 0)
            elif isinstance(item, Give):
                found.empty[item] = None
            elif isinstance(item, Take):
                found.empty[None] = None
            else:
                found.entries.append((item, ()))
        return found

    def one(self, sequence: Sequence) -> Sequence:
        """The one object for all equal sequences."""
        return self._sequences.setdefault(sequence, sequence)

    def taken(self, sequence: Sequence, at: int, given: Give | None) -> tuple[Sequence, int]:
        """The sequence from there on, where what comes before it gave this."""
        item = sequence[at]
        if given is None or not isinstance(item, Take):
            return sequence, at
        goes_on = Call(item.rule, (*item.arguments, given.found))
        return self.one((goes_on, *sequence[at + 1 :])), 0

    def _add(self, heads: Heads, sequence: Sequence, at: int, given: Give | None = None) -> None:
        """Add how the sequence from there on may begin."""
        if at == len(sequence):
            heads.empty[given] = None
            return
        sequence, at = self.taken(sequence, at, given)
        inner = self.heads(sequence[at])
        left: Chain = ((sequence, at + 1),) if at + 1 < len(sequence) else ()
        heads.entries += [(lexeme, (*left, *behind)) for lexeme, behind in inner.entries]
        for gives in inner.empty:
            self._add(heads, sequence, at + 1, gives)
