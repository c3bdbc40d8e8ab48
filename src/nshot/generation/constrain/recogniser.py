"""Which lexemes may come next: the rules run as a pushdown automaton, its steps remembered.

A parse is a persistent stack of items still to come; the same stack is one object. What is read so far
is a set of such stacks (a node), because a text may have several readings. Nodes and their steps are
remembered, so that common beginnings of statements are worked out once for a schema.
"""

from __future__ import annotations

from functools import lru_cache

from nshot.generation.constrain.items import Call, Give, Item, Literal, Named, OneOf, Take, call
from nshot.generation.constrain.query import statement
from nshot.generation.constrain.scope import Names
from nshot.generation.constrain.state import Between, State
from nshot.types import Schema

_MOST_NODES = 50_000


class Stack:
    """Items still to come, the next one on top; the empty stack has no item."""

    __slots__ = ("_above", "item", "rest")

    def __init__(self, item: Item | None = None, rest: Stack | None = None) -> None:
        self.item, self.rest = item, rest
        self._above: dict[Item, Stack] = {}

    def push(self, item: Item) -> Stack:
        """This stack with one item more on top."""
        found = self._above.get(item)
        if found is None:
            found = self._above[item] = Stack(item, self)
        return found


class Node:
    """A set of stacks: what the text so far may be the beginning of, at the border of two lexemes."""

    def __init__(self, recogniser: Recogniser, stacks: frozenset[Stack]) -> None:
        self._recogniser, self._stacks = recogniser, stacks
        self.texts: dict[bytes, list[Stack]] = {}
        """Fixed lexemes that may come next."""
        self.literals: dict[Literal, list[Stack]] = {}
        """Free lexemes that may come next."""
        self.names: list[tuple[Named, Stack]] = []
        """Who takes a free name that comes next."""
        self.ends = False
        """Whether the text may end here."""
        self._after: dict[bytes | Literal, Node] = {}
        self.states: dict[tuple[bool, bool], State] = {}
        """The states at this node, by what the gap before it demands and holds."""
        self._open()

    def after(self, lexeme: bytes | Literal) -> Node:
        """The node behind a lexeme of `texts` or `literals`."""
        found = self._after.get(lexeme)
        if found is None:
            stacks = self.literals[lexeme] if isinstance(lexeme, Literal) else self.texts[lexeme]
            found = self._after[lexeme] = self._recogniser.node(frozenset(stacks))
        return found

    def after_name(self, name: bytes) -> Node:
        """The node behind a free name."""
        text = name.decode("utf-8", "replace")
        stacks = [stack.push(Call(taker.rule, (*taker.arguments, text))) for taker, stack in self.names]
        return self._recogniser.node(frozenset(stacks))

    def _open(self) -> None:
        """Work out what may come next: replace rules by what they stand for until a lexeme is on top."""
        waiting, seen = list(self._stacks), set(self._stacks)
        while waiting:
            stack = waiting.pop()
            item, rest = stack.item, stack.rest
            if item is None or rest is None:
                self.ends = True
            elif isinstance(item, str):
                self.texts.setdefault(item.encode(), []).append(rest)
            elif isinstance(item, OneOf):
                for text in item.texts:
                    self.texts.setdefault(text.encode(), []).append(rest)
            elif isinstance(item, Literal):
                self.literals.setdefault(item, []).append(rest)
            elif isinstance(item, Named):
                self.names.append((item, rest))
            else:
                for opened in self._opened(item, rest):
                    if opened not in seen:
                        seen.add(opened)
                        waiting.append(opened)

    def _opened(self, item: Call | Give | Take, rest: Stack) -> list[Stack]:
        if isinstance(item, Call):
            opened = []
            for sequence in self._recogniser.expand(item):
                stack = rest
                for one in reversed(sequence):
                    stack = stack.push(one)
                opened.append(stack)
            return opened
        if isinstance(item, Give) and isinstance(rest.item, Take) and rest.rest is not None:
            taker = rest.item
            return [rest.rest.push(Call(taker.rule, (*taker.arguments, item.columns)))]
        return [rest]


class Recogniser:
    """Reads from-first text over one schema. Cheap to ask again: what it worked out, it remembers."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._reset()

    def start(self) -> State:
        """The state before any text."""
        if len(self._nodes) > _MOST_NODES:
            self._reset()
        return Between.at(self._first)

    def _reset(self) -> None:
        self._nodes: dict[frozenset[Stack], Node] = {}
        self._expanded: dict[Call, tuple[tuple[Item, ...], ...]] = {}
        scope = Names(self._schema).scope
        self._first = self.node(frozenset((Stack().push(call(statement, scope)),)))

    def node(self, stacks: frozenset[Stack]) -> Node:
        """The node of these stacks."""
        found = self._nodes.get(stacks)
        if found is None:
            found = self._nodes[stacks] = Node(self, stacks)
        return found

    def expand(self, item: Call) -> tuple[tuple[Item, ...], ...]:
        """What a rule stands for."""
        found = self._expanded.get(item)
        if found is None:
            found = self._expanded[item] = tuple(item.rule(*item.arguments))
        return found


@lru_cache(maxsize=64)
def recogniser(schema: Schema) -> Recogniser:
    """The recogniser of a schema, kept for the next question on it."""
    return Recogniser(schema)
