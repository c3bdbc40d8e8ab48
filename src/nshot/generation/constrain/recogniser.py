"""Which lexemes may come next: the rules run as a pushdown automaton, its steps remembered.

A parse is a persistent stack of what is still to come; the same stack is one object. What is read so far
is a set of such stacks (a node), because a text may have several readings. Nodes and their steps are
remembered, so that common beginnings of statements are worked out once for a schema.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from nshot.generation.constrain.border import Border
from nshot.generation.constrain.heads import Chain, Heads, Rules, Sequence
from nshot.generation.constrain.items import Call, Give, Literal, call
from nshot.generation.constrain.limits import GrammarLimits
from nshot.generation.constrain.query import query, statement
from nshot.generation.constrain.scope import SchemaNames
from nshot.generation.constrain.state import RecogniserState
from nshot.types import Schema

_MOST_NODES: Final = 50_000
_DEEPEST: Final = 28
"""Most parts of rules that may be open behind a lexeme that nests: a model that nests without end is stopped.
What other lexemes open is little, and can always be finished."""
_NESTING: Final = frozenset((b"case", b"exists", b"filter", b"in", b"over"))
"""Lexemes that nest, beside those that end with an opening bracket: it follows, or is not needed."""


class Stack:
    """A sequence from one of its items on, and what comes behind it (None: nothing)."""

    __slots__ = ("at", "depth", "rest", "sequence")

    def __init__(self, sequence: Sequence, at: int, rest: Stack | None) -> None:
        self.sequence, self.at, self.rest = sequence, at, rest
        self.depth: int = 1 + (rest.depth if rest else 0)


class Node:
    """A set of stacks: what the text so far may be the beginning of, at the border of two lexemes."""

    def __init__(self, recogniser: Recogniser, stacks: Iterable[Stack | None]) -> None:
        self._recogniser = recogniser
        self._parts: list[tuple[Heads, Stack | None]] = []
        """Ways to begin, and what comes behind them."""
        self.ends = False
        """Whether the text may end here."""
        self._after: dict[bytes | Literal, Node] = {}
        self._borders: dict[tuple[bool, bool], RecogniserState] = {}
        seen: set[Stack | None] = set()
        for stack in stacks:
            self._open(stack, None, seen)
        self.literals = frozenset(literal for heads, _ in self._parts for literal in heads.literals)
        """Kinds of free lexemes that may come next."""
        self.names = any(heads.names for heads, _ in self._parts)
        """Whether a free name may come next."""

    def border(self, *, glued: bool = False, blank: bool = False) -> RecogniserState:
        """The one state of its kind here; the arguments are those of `Border`."""
        key = (glued, blank)
        if key not in self._borders:
            self._borders[key] = Border(self, glued, blank)
        return self._borders[key]

    def beginning(self, byte: int) -> list[bytes]:
        """Fixed lexemes that may come next and begin so."""
        found = [
            text
            for heads, rest in self._parts
            for text in heads.by_first.get(byte, ())
            if not _nests(text) or any(_shallow(left, rest) for left in heads.texts[text])
        ]
        return list(dict.fromkeys(found))

    def after(self, lexeme: bytes | Literal) -> Node:
        """The node behind a fixed lexeme that may come next, or a free one of this kind."""
        found = self._after.get(lexeme)
        if found is None:
            stacks = [self._recogniser.push(left, rest) for left, rest in self._left(lexeme)]
            found = self._after[lexeme] = self._recogniser.node(stacks)
        return found

    def after_name(self, name: bytes) -> Node:
        """The node behind a free name."""
        text = name.decode("utf-8", "replace")
        stacks = []
        for heads, rest in self._parts:
            for taker, left in heads.names:
                goes_on = self._recogniser.rules.one((Call(taker.rule, (*taker.arguments, text)),))
                stacks.append(self._recogniser.push((*left, (goes_on, 0)), rest))
        return self._recogniser.node(stacks)

    def _left(self, lexeme: bytes | Literal) -> Iterable[tuple[Chain, Stack | None]]:
        for heads, rest in self._parts:
            known = (
                heads.literals.get(lexeme, ()) if isinstance(lexeme, Literal) else heads.texts.get(lexeme, ())
            )
            for left in known:
                if isinstance(lexeme, Literal) or not _nests(lexeme) or _shallow(left, rest):
                    yield left, rest

    def _open(self, stack: Stack | None, given: Give | None, seen: set[Stack | None]) -> None:
        """Add what may come next by this stack, to whose beginning this was given."""
        if stack is None:
            self.ends = True
            return
        sequence, at = self._recogniser.rules.taken(stack.sequence, stack.at, given)
        if (sequence, at) == (stack.sequence, stack.at):
            if stack in seen:
                return
            seen.add(stack)
        heads = self._recogniser.rules.heads(sequence[at])
        more = at + 1 < len(sequence)
        behind = self._recogniser.push(((sequence, at + 1),), stack.rest) if more else stack.rest
        self._parts.append((heads, behind))
        for gives in heads.empty:
            self._open(behind, gives, seen)


class Recogniser:
    """Reads from-first text over one schema. Cheap to ask again: what it worked out, it remembers."""

    def __init__(self, schema: Schema, limits: GrammarLimits = GrammarLimits()) -> None:  # noqa: B008
        self._schema, self._limits = schema, limits
        self._reset()

    def start(self) -> RecogniserState:
        """The state before any text."""
        if len(self._nodes) > _MOST_NODES:
            self._reset()
        return self._first.border()

    def _reset(self) -> None:
        self.rules = Rules()
        self._stacks: dict[tuple[int, int, int], Stack] = {}
        self._nodes: dict[frozenset[Stack | None], Node] = {}
        whole = self.rules.one((call(statement, SchemaNames(self._schema, self._limits, query).scope),))
        self._first = self.node([self.push(((whole, 0),), None)])

    def node(self, stacks: Iterable[Stack | None]) -> Node:
        """The node of these stacks."""
        key = frozenset(stacks)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node(self, key)
        return found

    def push(self, chain: Chain, rest: Stack | None) -> Stack | None:
        """The stack with what is left of a rule on top."""
        for sequence, at in chain:
            key = (id(sequence), at, id(rest))
            found = self._stacks.get(key)
            if found is None:
                found = self._stacks[key] = Stack(sequence, at, rest)
            rest = found
        return rest


def _nests(lexeme: bytes) -> bool:
    return lexeme.endswith(b"(") or lexeme in _NESTING


def _shallow(left: Chain, rest: Stack | None) -> bool:
    """Whether a lexeme that nests may leave this behind it."""
    return len(left) + (rest.depth if rest else 0) <= _DEEPEST


@lru_cache(maxsize=64)
def recogniser(schema: Schema, limits: GrammarLimits = GrammarLimits()) -> Recogniser:  # noqa: B008
    """The recogniser of a schema, kept for the next question on it."""
    return Recogniser(schema, limits)
