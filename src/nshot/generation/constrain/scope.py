"""Names in scope: the sources of a SELECT and of the SELECTs around it."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.generation.constrain.items import OneOf, Rule
from nshot.generation.constrain.limits import GrammarLimits
from nshot.sql.forms import form_name
from nshot.types import Schema

MOST_AROUND: Final = 5
"""Maximum number of SELECTs around a SELECT; the deepest in Spider's gold SQL has four."""
MOST_SOURCES: Final = 2
"""Most of these in whose FROM it may stand; in Spider's gold SQL, one."""
MOST_OF_A_TABLE: Final = 4
"""Maximum number of times that one FROM may name a table; some of Spider's gold SQL names one four
times.
"""


class SourceNames(NamedTuple):
    """A table or a sub-query in a FROM. All names are spelled as from-first text spells them."""

    name: str
    """The prefix of its columns; empty for a sub-query without an alias."""
    columns: tuple[str, ...]
    table: str = ""
    """The table's real name; empty for a sub-query."""
    flags: tuple[str, ...] = ()
    """The columns with truth values, which are conditions by themselves."""
    nameless: int = 0
    """Number of further columns without a name, which only `*` selects."""

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The columns that `*` selects; empty strings for those without a name."""
        return (*self.columns, *[""] * self.nameless)


class Depth(NamedTuple):
    """Depth of a SELECT; bounded, as a model that went astray opens one sub-query after the
    other."""

    around: int = 0
    """Number of SELECTs around it."""
    sources: int = 0
    """Number of these in whose FROM it stands, directly or not."""

    def deeper(self, *, source: bool = False) -> Depth:
        """The depth of a sub-query here."""
        return Depth(self.around + 1, self.sources + source)

    @property
    def takes_subqueries(self) -> bool:
        """Whether a sub-query may stand here."""
        return self.around < MOST_AROUND

    @property
    def takes_sources(self) -> bool:
        """Whether a sub-query may stand in FROM here."""
        return self.takes_subqueries and self.sources < MOST_SOURCES


class SchemaNames:
    """The names of a schema."""

    def __init__(self, schema: Schema, limits: GrammarLimits, query: Rule) -> None:
        """
        Args:
            schema: The schema of the database.
            limits: Limits beyond valid SQL.
            query: The rule of a sub-query in an expression, from its scope and its number of
                columns. It is an argument because the rules of queries import those of expressions.
        """
        self.dialect, self.limits, self.query = schema.dialect, limits, query
        self.tables = {}
        for table in schema.tables:
            name = self._spell(table.name)
            columns = tuple(self._spell(column.name) for column in table.columns)
            flags = tuple(
                self._spell(column.name) for column in table.columns if column.type.startswith("bool")
            )
            self.tables[name] = SourceNames(name, columns, name, flags)
        self._graph = ForeignKeyGraph(
            (self._spell(key.table), self._spell(key.ref_table)) for key in schema.foreign_keys
        )
        self._component = self._graph.components()
        self.scope = VisibleNames(self)

    def is_connected(self, table: str, others: tuple[SourceNames, ...]) -> bool:
        """Whether a foreign key, in either direction, connects a table with one of these
        sources."""
        return any(self._graph.connects(table, other.table) for other in others)

    def may_join(self, table: str, others: tuple[SourceNames, ...]) -> bool:
        """Whether the limits allow the table beside these sources; see
        `GrammarLimits.joins_by_keys`.
        """
        if not self.limits.joins_by_keys or self.is_connected(table, others):
            return True
        # No key leads there directly. It is still allowed where no chain of keys leads there either, or where
        # the table joins itself.
        here = self._component.get(table)
        sources = {other.table for other in others}
        return here is None or table in sources or all(self._component.get(one) != here for one in sources)

    def _spell(self, name: str) -> str:
        return form_name(name, self.dialect)


class VisibleNames:
    """The names that are visible at one place of a statement. Immutable.

    Compared by identity: scopes are arguments of rules, and rules are cached by their arguments.
    Methods return the same object for the same change (`_derived`), so equal places share their
    cached rules.
    """

    def __init__(
        self,
        names: SchemaNames,
        sources: tuple[SourceNames, ...] = (),
        outer: VisibleNames | None = None,
        tables: tuple[SourceNames, ...] = (),
        aliases: tuple[str, ...] = (),
        depth: Depth = Depth(),  # noqa: B008 (frozen)
    ) -> None:
        """
        Args:
            names: The names of the schema.
            sources: The sources of this SELECT so far.
            outer: The scope of the SELECT around this one.
            tables: The tables of WITH.
            aliases: The aliases of select items so far.
            depth: The depth of this SELECT.
        """
        self.depth = depth
        self.names, self.sources, self.outer = names, sources, outer
        self.tables, self.aliases = tables, aliases
        self._known: dict[tuple[str, object], VisibleNames] = {}

    def has_often(self, source: SourceNames) -> bool:
        """Whether FROM names the source's table as often as allowed: a model that went astray
        repeats it.
        """
        return sum(source.table == one.table for one in self.sources) >= MOST_OF_A_TABLE

    def join(self, source: SourceNames) -> VisibleNames:
        """The scope with one more source."""
        return self._derive("join", source, (*self.sources, source), self.outer, self.tables, ())

    def alias(self, name: str) -> VisibleNames:
        """The scope with one more alias of a select item."""
        aliases = (*self.aliases, name)
        return self._derive("alias", name, self.sources, self.outer, self.tables, aliases)

    def inner(self) -> VisibleNames:
        """The scope of a sub-query that may refer to the sources here."""
        return self._derive("inner", None, (), self, self.tables, (), self.depth.deeper())

    def fresh(self) -> VisibleNames:
        """The scope of the next SELECT of a set operation: as here, without sources."""
        return self._derive("fresh", None, (), self.outer, self.tables, ())

    def source(self) -> VisibleNames:
        """The scope of a sub-query in FROM: it sees the SELECTs around this one, not its
        sources."""
        deeper = self.depth.deeper(source=True)
        return self._derive("source", None, (), self.outer, self.tables, (), deeper)

    def table(self, source: SourceNames) -> VisibleNames:
        """The scope with one more table of WITH."""
        return self._derive("table", source, self.sources, self.outer, (*self.tables, source), ())

    # One object for one change: `_known` makes a tree of scopes, and its paths are the ways to write FROM.
    def _derive(
        self,
        how: str,
        what: object,
        sources: tuple[SourceNames, ...],
        outer: VisibleNames | None,
        tables: tuple[SourceNames, ...],
        aliases: tuple[str, ...],
        depth: Depth | None = None,
    ) -> VisibleNames:
        key = (how, what)
        if key not in self._known:
            self._known[key] = VisibleNames(self.names, sources, outer, tables, aliases, depth or self.depth)
        return self._known[key]

    @cached_property
    def without_aliases(self) -> VisibleNames:
        """The scope without the aliases of select items, which WHERE does not know."""
        if not self.aliases:
            return self
        return self._derive("unaliased", None, self.sources, self.outer, self.tables, ())

    @cached_property
    def without_outer(self) -> VisibleNames:
        """The scope without the SELECTs around it: SQLite's ORDER BY does not always find their
        columns.
        """
        if self.outer is None:
            return self
        return self._derive("uncorrelated", None, self.sources, None, self.tables, self.aliases)

    @cached_property
    def source_names(self) -> frozenset[str]:
        """The names of the sources here."""
        return frozenset(source.name for source in self.sources)

    @cached_property
    def new_alias(self) -> tuple[str, ...]:
        """The aliases that a further source may get: the first free ones of t1, t2, ..."""
        # Names of outer SELECTs are avoided, too: an alias of the same name would hide their columns. Four
        # are enough for a choice, and each more would add its readings to every FROM.
        used = {name for scope in self._chain() for name in scope.source_names}
        return tuple(name for name in (f"t{number}" for number in range(1, 10)) if name not in used)[:4]

    @cached_property
    def columns(self) -> OneOf:
        """All spellings of columns here."""
        return OneOf(self._list_columns(tuple(source.columns for source in self.sources)))

    @cached_property
    def flags(self) -> OneOf:
        """All spellings of this SELECT's columns with truth values."""
        return OneOf(self._list_spellings(tuple(source.flags for source in self.sources)))

    def _list_columns(self, columns: tuple[tuple[str, ...], ...]) -> list[str]:
        found = [*self._list_spellings(columns), *self.aliases]
        # Columns of outer SELECTs always have a prefix; a source of the same name further in hides them.
        hidden = set(self.source_names)
        outer = self.outer
        while outer is not None:
            for source in outer.sources:
                if source.name and source.name not in hidden:
                    found += [f"{source.name}.{column}" for column in source.columns]
            hidden |= outer.source_names
            outer = outer.outer
        return list(dict.fromkeys(found))

    def has_prefix(self, source: SourceNames) -> bool:
        """Whether columns of a source are written with its name as a prefix."""
        # Columns are bare where FROM has one table under its own name, else they have a prefix.
        return bool(source.name) and (len(self.sources) > 1 or source.name != source.table)

    def _list_spellings(self, columns: tuple[tuple[str, ...], ...]) -> list[str]:
        """The spellings of columns: bare for one source, with a prefix for several or an alias."""
        # If the only source has an alias, both spellings are read.
        found = list(columns[0]) if len(self.sources) == 1 else []
        for source, own in zip(self.sources, columns, strict=True):
            if self.has_prefix(source):
                found += [f"{source.name}.{column}" for column in own]
        return found

    def _chain(self) -> list[VisibleNames]:
        return [self, *(self.outer._chain() if self.outer is not None else ())]
