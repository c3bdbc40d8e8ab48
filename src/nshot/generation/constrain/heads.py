"""The first lexemes of a rule, and what is left of the rule after each of them.

Computed once for each rule with its arguments, wherever it is used.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from nshot.generation.constrain.items import Call, Give, Item, Literal, Named, OneOf, Take

Sequence = tuple[Item, ...]
Chain = tuple[tuple[Sequence, int], ...]
"""What is left: sequences, each from one of its items on; the last sequence comes first in the
text.
"""


Entry = tuple[str | OneOf | Literal | Named, Chain]
"""One way to begin: a lexeme, and what is left after it."""


class Heads:
    """All ways in which an item may begin."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.empty: dict[Give | None, None] = {}
        """The results (`Give`) with which the item may stand for no text; None: without a result. A
        dict, as it keeps the order of the rules."""

    @cached_property
    def texts(self) -> dict[bytes, list[Chain]]:
        """Fixed lexemes, with what is left after each."""
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
        """Kinds of free lexemes, with what is left after each."""
        found: dict[Literal, list[Chain]] = defaultdict(list)
        for lexeme, left in self.entries:
            if isinstance(lexeme, Literal):
                found[lexeme].append(left)
        return dict(found)

    @cached_property
    def names(self) -> list[tuple[Named, Chain]]:
        """The items that take a free name, with what is left after each."""
        return [(lexeme, left) for lexeme, left in self.entries if isinstance(lexeme, Named)]


class Rules:
    """The heads of all rules used so far. Equal sequences are one object: stacks compare by
    identity.
    """

    def __init__(self) -> None:
        self._heads: dict[Item, Heads] = {}
        self._sequences: dict[Sequence, Sequence] = {}

    def heads(self, item: Item) -> Heads:
        """All ways in which an item may begin."""
        found = self._heads.get(item)
        if found is None:
            # Stored before it is filled, which only a rule that begins with itself could see: there is none.
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
        """The object that stands for all equal sequences."""
        return self._sequences.setdefault(sequence, sequence)

    def expand_take(self, sequence: Sequence, at: int, given: Give | None) -> tuple[Sequence, int]:
        """The sequence from `at` on after a result; a `Take` there becomes the call of its rule.

        Args:
            sequence: Items.
            at: Position of the next item.
            given: Result of the items before it; None: there is none.
        """
        item = sequence[at]
        if given is None or not isinstance(item, Take):
            return sequence, at
        goes_on = Call(item.rule, (*item.arguments, given.found))
        return self.one((goes_on, *sequence[at + 1 :])), 0

    def _add(self, heads: Heads, sequence: Sequence, at: int, given: Give | None = None) -> None:
        """Adds the ways in which the sequence from `at` on may begin."""
        if at == len(sequence):
            heads.empty[given] = None
            return
        # Invariant: each entry is a lexeme with all that must follow it, the outermost rule first. So `left`
        # (of this sequence) comes before `behind` (of the rules inside its first item).
        sequence, at = self.expand_take(sequence, at, given)
        inner = self.heads(sequence[at])
        left: Chain = ((sequence, at + 1),) if at + 1 < len(sequence) else ()
        heads.entries += [(lexeme, (*left, *behind)) for lexeme, behind in inner.entries]
        # An item that may be empty lets the sequence begin with the item after it, too.
        for gives in inner.empty:
            self._add(heads, sequence, at + 1, gives)
