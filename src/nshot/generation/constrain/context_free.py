"""The language of the recogniser as a context-free grammar, for engines that take one.

The rules of a statement are those of `query` and `expression`; here they are written out for one
schema. Rules know what was read before them, which a context-free grammar cannot, so some of it is
given up. The grammar is wider than the recogniser in these points:

- A column may be any column of the schema, bare or behind any table or alias, whatever FROM says.
- Any two tables may be joined without ON, and a table may stand any number of times.
- Sub-queries and the parts of a set operation may have any number of columns and any depth.

It is narrower in two: names that a statement introduces (tables of WITH, aliases of select items)
cannot be referred to later, and blanks stand only where `write_form` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from nshot.generation.constrain.items import Call, Give, Item, Literal, Named, OneOf, Take, call
from nshot.generation.constrain.limits import GrammarLimits
from nshot.generation.constrain.query import Core, _position, query
from nshot.generation.constrain.scope import SchemaNames, SourceNames, VisibleNames
from nshot.types import Schema

ALIASES: Final = ("t1", "t2", "t3", "t4")
_MOST_POSITIONS: Final = 9
"""Columns of a set operation's result that ORDER BY may name by number."""
NAME: Final = "name"
"""A name that a statement introduces."""


class RuleName(NamedTuple):
    """A rule of the grammar, by its name."""

    name: str


Part = str | tuple[str, ...] | Literal | RuleName
"""Of an alternative: a text, one of several texts, free text of a kind, or another rule."""


class ContextFreeGrammar(NamedTuple):
    """Rules by name; the first is that of a whole statement."""

    rules: dict[str, list[tuple[Part, ...]]]
    """The alternatives of each rule. No rule is empty, and none begins with itself."""


class _AnyNames(SchemaNames):
    """The names of a schema without what keys say of them."""

    def is_connected(self, table: str, others: tuple[SourceNames, ...]) -> bool:  # noqa: ARG002
        return True

    def may_join(self, table: str, others: tuple[SourceNames, ...]) -> bool:  # noqa: ARG002
        return True


class _AnyScope(VisibleNames):
    """A place where every column of the schema is visible, whatever was read."""

    def __init__(self, names: SchemaNames) -> None:
        super().__init__(names, tuple(SourceNames(name, ()) for name in (*names.tables, *ALIASES)))

    def _derive(self, *_: Any) -> VisibleNames:
        return self

    def has_often(self, source: SourceNames) -> bool:  # noqa: ARG002
        return False

    @cached_property
    def source_names(self) -> frozenset[str]:
        return frozenset()

    @cached_property
    def new_alias(self) -> tuple[str, ...]:
        return ALIASES

    @cached_property
    def columns(self) -> OneOf:
        return OneOf(self._spell("columns"))

    @cached_property
    def flags(self) -> OneOf:
        return OneOf(self._spell("flags"))

    @cached_property
    def bare(self) -> tuple[str, ...]:
        """The names of all columns."""
        tables = self.names.tables.values()
        return tuple(dict.fromkeys(column for table in tables for column in table.columns))

    def _spell(self, what: str) -> list[str]:
        found: dict[str, None] = {}
        for table in self.names.tables.values():
            own: tuple[str, ...] = getattr(table, what)
            found |= dict.fromkeys(own)
            for prefix in (table.name, *ALIASES):
                found |= dict.fromkeys(f"{prefix}.{column}" for column in own)
        return list(found)


_ANY: Final = object()
"""Whatever result a rule gives."""


class _Wanted(NamedTuple):
    """A rule with what it has to give, at one kind of place. Derives no empty text."""

    call: Call
    gives: Any
    opened: bool
    """Whether an opening bracket, or nothing, is before it: then no blank is."""


class _RuleWriter:
    """Writes the rules out. Equal rules are one."""

    def __init__(self, scope: _AnyScope) -> None:
        self._scope = scope
        self._sequences: dict[Call, list[tuple[Item, ...]]] = {}
        self._results: dict[Call, set[Any]] = {}
        self._empty: set[tuple[Call, Any]] = set()
        """Rules that may be empty, each with what it then gives."""
        self._names: dict[_Wanted, str] = {}
        self.rules: dict[str, list[tuple[Part, ...]]] = {}

    def write(self, first: Call) -> None:
        """Write the rule and all that it needs."""
        self._read(self._widen(first))
        self._find_empty()
        open_ = [_Wanted(self._widen(first), _ANY, True)]
        self._names[open_[0]] = "root"
        while open_:
            wanted = open_.pop()
            alternatives: dict[tuple[Part, ...], None] = {}
            for parts in self._alternatives(wanted, open_):
                alternatives[parts] = None
            self.rules[self._names[wanted]] = list(alternatives)
        self._drop_what_cannot_end()

    def _widen(self, one: Call) -> Call:
        """The rule with arguments that do not depend on what was read."""
        if one.rule is query:
            return call(query, self._scope, None)
        if one.rule is _position:
            return call(_position, self._scope.bare, _MOST_POSITIONS)
        return Call(one.rule, tuple(map(self._widen_argument, one.arguments)))

    def _widen_argument(self, argument: Any) -> Any:
        if isinstance(argument, Core):
            result = None if argument.result is None else ()
            return Core(self._scope, None, False, (), result, argument.grouped)
        if isinstance(argument, Call):
            return self._widen(argument)
        if isinstance(argument, VisibleNames):
            return self._scope
        return (
            () if isinstance(argument, tuple) and all(isinstance(one, str) for one in argument) else argument
        )

    def _read(self, first: Call) -> None:
        """Find all rules that can be reached, and what each may give: to a fixed point."""
        self._expand(first)
        while True:
            before = {one: len(found) for one, found in self._results.items()}
            for one in list(self._sequences):
                for sequence in self._sequences[one]:
                    for resolved, given in self._resolve(sequence):
                        self._results[one].add(given)
                        for part in resolved:
                            if _is_rule(part):
                                self._expand(part[0])
            if before == {one: len(found) for one, found in self._results.items()}:
                return

    def _find_empty(self) -> None:
        """Find the rules that may be empty, with what they then give: to a fixed point."""
        while True:
            found = {
                (one, gives)
                for one, sequences in self._sequences.items()
                for sequence in sequences
                for parts, given in self._resolve(sequence)
                if all(_is_rule(part) and part in self._empty for part in parts)
                for gives in (given, _ANY)
            }
            if found <= self._empty:
                return
            self._empty |= found

    def _expand(self, one: Call) -> None:
        if one not in self._sequences:
            self._sequences[one] = [tuple(sequence) for sequence in one.rule(*one.arguments)]
            self._results[one] = set()

    def _resolve(self, sequence: tuple[Item, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
        """The ways to read a sequence: its parts, where (rule, result) stands for a rule, and what
        it gives.
        """
        yield from self._resolve_from(sequence, 0, (), None)

    def _resolve_from(
        self, items: tuple[Item, ...], at: int, parts: tuple[Any, ...], given: Any
    ) -> Iterator[tuple[tuple[Any, ...], Any]]:
        if at == len(items):
            yield parts, given
            return
        item = items[at]
        if isinstance(item, Give):
            found = item.found
            yield from self._resolve_from(items, at + 1, parts, () if isinstance(found, tuple) else found)
        elif isinstance(item, (Call, Take, Named)):
            if isinstance(item, Named):
                parts, one = (*parts, NAME), Call(item.rule, (*item.arguments, ""))
            elif isinstance(item, Take):
                one = Call(item.rule, (*item.arguments, given))
            else:
                one = item
            one = self._widen(one)
            self._expand(one)
            # The result decides how it goes on if it is taken, or is that of the whole sequence.
            decides = at + 1 == len(items) or isinstance(items[at + 1], Take)
            for gives in list(self._results[one]) if decides else [_ANY]:
                kept = None if gives is _ANY else gives
                yield from self._resolve_from(items, at + 1, (*parts, (one, gives)), kept)
        elif not isinstance(item, OneOf) or item.texts:  # else no text may stand here
            texts = item.texts if isinstance(item, OneOf) else item
            yield from self._resolve_from(items, at + 1, (*parts, texts), None)

    def _alternatives(self, wanted: _Wanted, open_: list[_Wanted]) -> Iterator[tuple[Part, ...]]:
        for sequence in self._sequences[wanted.call]:
            for parts, given in self._resolve(sequence):
                if wanted.gives is _ANY or wanted.gives == given:
                    yield from self._space(parts, wanted.opened, (), open_)

    def _space(
        self, parts: tuple[Any, ...], opened: bool, done: tuple[Part, ...], open_: list[_Wanted]
    ) -> Iterator[tuple[Part, ...]]:
        """The parts with their blanks, for each choice of the rules in it that are left empty."""
        if not parts:
            if done:
                yield done
            return
        first, rest = parts[0], parts[1:]
        if _is_rule(first):
            if first in self._empty:
                yield from self._space(rest, opened, done, open_)
            reference = self._refer(_Wanted(first[0], first[1], opened), open_)
            yield from self._space(rest, False, (*done, reference), open_)
            return
        blank = () if opened or first in (")", ",") else (" ",)
        ends = first[0] if isinstance(first, tuple) else first
        free = RuleName(NAME) if first == NAME else first
        opens = isinstance(ends, str) and (ends.endswith("(") or (ends == "-" and not done))
        yield from self._space(rest, opens, (*done, *blank, free), open_)

    def _refer(self, wanted: _Wanted, open_: list[_Wanted]) -> RuleName:
        if wanted not in self._names:
            rule = wanted.call.rule.__name__.strip("_").replace("_", "-")
            self._names[wanted] = f"{rule}-{len(self._names)}"
            open_.append(wanted)
        return RuleName(self._names[wanted])

    def _drop_what_cannot_end(self) -> None:
        """Leave out rules that derive no text, and the alternatives that need them."""
        ends: set[str] = {NAME}
        while True:
            more = {
                name
                for name, alternatives in self.rules.items()
                if name not in ends
                and any(
                    all(not isinstance(part, RuleName) or part.name in ends for part in parts)
                    for parts in alternatives
                )
            }
            if not more:
                break
            ends |= more
        self.rules = {
            name: [
                parts
                for parts in alternatives
                if all(not isinstance(part, RuleName) or part.name in ends for part in parts)
            ]
            for name, alternatives in self.rules.items()
            if name in ends
        }


def _is_rule(part: Any) -> bool:
    """Whether a part of a resolved sequence is a rule, with what it has to give."""
    return isinstance(part, tuple) and isinstance(part[0], Call)


def write_context_free(schema: Schema, limits: GrammarLimits = GrammarLimits()) -> ContextFreeGrammar:  # noqa: B008
    """The grammar of from-first text over one schema.

    Args:
        schema: The schema.
        limits: Limits beyond valid SQL, as for the recogniser.
    """
    scope = _AnyScope(_AnyNames(schema, limits._replace(joins_by_keys=False), query))
    writer = _RuleWriter(scope)
    writer.write(call(query, scope, None))
    return ContextFreeGrammar(writer.rules)
