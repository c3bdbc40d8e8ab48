"""The recogniser: grammar rules run as a pushdown automaton that says which lexemes may come next.

A parse is a persistent stack of what is still to come; equal stacks are one object. The text so far
is a set of such stacks (a node), because it may have several readings. Nodes and their steps are
kept, so that common beginnings of statements are computed once for a schema.
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
"""Nodes at which a recogniser forgets all of them before it reads the next statement."""
_DEEPEST: Final = 28
"""Maximum number of parts of rules that may be open after a lexeme that nests: this stops a model
that nests without end. Other lexemes open few parts, which can always be finished.
"""
_NESTING: Final = frozenset((b"case", b"exists", b"filter", b"in", b"over"))
"""Lexemes that nest, beside those that end with an opening bracket: theirs follows, or they need
none.
"""


class Stack:
    """A sequence from one of its items on, and the stack of what comes after it (None: nothing)."""

    __slots__ = ("at", "depth", "rest", "sequence")

    def __init__(self, sequence: Sequence, at: int, rest: Stack | None) -> None:
        self.sequence, self.at, self.rest = sequence, at, rest
        self.depth: int = 1 + (rest.depth if rest else 0)


class Node:
    """A set of stacks: all readings of the text so far, at the border of two lexemes.

    One node exists for each set, so its cached steps serve every text that leads to it.
    """

    def __init__(self, recogniser: Recogniser, stacks: Iterable[Stack | None]) -> None:
        self._recogniser = recogniser
        self._parts: list[tuple[Heads, Stack | None]] = []
        """The ways to go on, and the stack after them, for each reading."""
        self.ends = False
        """Whether the text may end here."""
        self._after: dict[bytes | Literal, Node] = {}
        self._borders: dict[tuple[bool, bool], RecogniserState] = {}
        # A depth-first closure: a stack whose top item may be empty opens what lies below it, too.
        seen: set[Stack | None] = set()
        for stack in stacks:
            self._open(stack, None, seen)
        self.literals = frozenset(literal for heads, _ in self._parts for literal in heads.literals)
        """Kinds of free lexemes that may come next."""
        self.names = any(heads.names for heads, _ in self._parts)
        """Whether a free name may come next."""

    def border(self, *, glued: bool = False, blank: bool = False) -> RecogniserState:
        """The state at this border; the arguments are those of `Border`."""
        key = (glued, blank)
        if key not in self._borders:
            self._borders[key] = Border(self, glued, blank)
        return self._borders[key]

    def find_beginning(self, byte: int) -> list[bytes]:
        """Fixed lexemes that may come next and begin with this byte."""
        found = [
            text
            for heads, rest in self._parts
            for text in heads.by_first.get(byte, ())
            if not _nests(text) or any(_shallow(left, rest) for left in heads.texts[text])
        ]
        return list(dict.fromkeys(found))

    def after(self, lexeme: bytes | Literal) -> Node:
        """The node after a fixed lexeme that may come next, or after a free one of this kind."""
        found = self._after.get(lexeme)
        if found is None:
            # Every reading that has this lexeme goes on, the others end. Stacks that are equal now are one
            # object, so readings that meet again become one: the set stays small.
            stacks = [self._recogniser.push(left, rest) for left, rest in self._find_left(lexeme)]
            found = self._after[lexeme] = self._recogniser.node(stacks)
        return found

    def after_name(self, name: bytes) -> Node:
        """The node after a free name."""
        # Not kept by name as `after` does: names are free text, and there is no end of them.
        text = name.decode("utf-8", "replace")
        stacks = []
        for heads, rest in self._parts:
            for taker, left in heads.names:
                # The rule after the name comes first in the text, so it is the last of the chain.
                goes_on = self._recogniser.rules.one((Call(taker.rule, (*taker.arguments, text)),))
                stacks.append(self._recogniser.push((*left, (goes_on, 0)), rest))
        return self._recogniser.node(stacks)

    def _find_left(self, lexeme: bytes | Literal) -> Iterable[tuple[Chain, Stack | None]]:
        for heads, rest in self._parts:
            known = (
                heads.literals.get(lexeme, ()) if isinstance(lexeme, Literal) else heads.texts.get(lexeme, ())
            )
            for left in known:
                if isinstance(lexeme, Literal) or not _nests(lexeme) or _shallow(left, rest):
                    yield left, rest

    def _open(self, stack: Stack | None, given: Give | None, seen: set[Stack | None]) -> None:
        """Adds what may come next according to this stack.

        Args:
            stack: A reading of the text so far.
            given: Result of what was read before the top of the stack.
            seen: Stacks that were added already; empty items lead to the same one in several ways.
        """
        if stack is None:
            self.ends = True
            return
        sequence, at = self._recogniser.rules.expand_take(stack.sequence, stack.at, given)
        # A `Take` that got a result is another rule each time, so such a stack is not the one in `seen`.
        if (sequence, at) == (stack.sequence, stack.at):
            if stack in seen:
                return
            seen.add(stack)
        # The top item's heads are shared by all its uses; only what comes after it is pushed here.
        heads = self._recogniser.rules.heads(sequence[at])
        more = at + 1 < len(sequence)
        behind = self._recogniser.push(((sequence, at + 1),), stack.rest) if more else stack.rest
        self._parts.append((heads, behind))
        for gives in heads.empty:
            self._open(behind, gives, seen)


class Recogniser:
    """Reads from-first text over one schema. What it computed for one text, it keeps for the
    next."""

    def __init__(self, schema: Schema, limits: GrammarLimits = GrammarLimits()) -> None:  # noqa: B008
        self._schema, self._limits = schema, limits
        self._reset()

    def start(self) -> RecogniserState:
        """The state before any text."""
        # Between statements only: states in use keep their own nodes alive.
        if len(self._nodes) > _MOST_NODES:
            self._reset()
        return self._first.border()

    def _reset(self) -> None:
        self.rules = Rules()
        # Keys are ids: `rules` and the stacks themselves keep every object alive, so no id is used twice.
        self._stacks: dict[tuple[int, int, int], Stack] = {}
        self._nodes: dict[frozenset[Stack | None], Node] = {}
        whole = self.rules.one((call(statement, SchemaNames(self._schema, self._limits, query).scope),))
        self._first = self.node([self.push(((whole, 0),), None)])

    def node(self, stacks: Iterable[Stack | None]) -> Node:
        """The node of a set of stacks."""
        key = frozenset(stacks)
        found = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Node(self, key)
        return found

    def push(self, chain: Chain, rest: Stack | None) -> Stack | None:
        """The stack with what is left of a rule on top; the last sequence of the chain is the
        topmost.
        """
        for sequence, at in chain:
            # Hash-consing: equal stacks are one object, so a node's set compares them by identity in O(1).
            key = (id(sequence), at, id(rest))
            found = self._stacks.get(key)
            if found is None:
                found = self._stacks[key] = Stack(sequence, at, rest)
            rest = found
        return rest


def _nests(lexeme: bytes) -> bool:
    return lexeme.endswith(b"(") or lexeme in _NESTING


def _shallow(left: Chain, rest: Stack | None) -> bool:
    """Whether so few parts of rules stay open that a lexeme may nest."""
    return len(left) + (rest.depth if rest else 0) <= _DEEPEST


@lru_cache(maxsize=64)
def recogniser(schema: Schema, limits: GrammarLimits = GrammarLimits()) -> Recogniser:  # noqa: B008
    """The recogniser of a schema, cached for the next question on it."""
    return Recogniser(schema, limits)
