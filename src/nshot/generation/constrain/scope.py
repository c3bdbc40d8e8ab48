"""Which names can be written where: the sources of a SELECT and of those around it."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

from nshot.foreign_key_graph import ForeignKeyGraph
from nshot.generation.constrain.items import OneOf, Rule
from nshot.generation.constrain.limits import GrammarLimits
from nshot.sql.forms import form_name
from nshot.types import Schema

MOST_AROUND: Final = 5
"""SELECTs that one may stand in; the deepest of Spider's gold stands in four."""
MOST_SOURCES: Final = 2
"""Those of them in whose FROM it may stand; of Spider's gold, one."""
MOST_OF_A_TABLE: Final = 4
"""Times that a FROM may name one table, as some of Spider's gold does."""


class SourceNames(NamedTuple):
    """A table or a sub-query in a FROM. All names are spelled as from-first text spells them."""

    name: str
    """As columns are prefixed; empty for a sub-query without an alias."""
    columns: tuple[str, ...]
    table: str = ""
    """The table's real name; empty for a sub-query."""
    flags: tuple[str, ...] = ()
    """Those of the columns that hold truth values."""
    nameless: int = 0
    """Further columns, which only `*` names."""

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Those of `*`, empty strings for nameless ones."""
        return (*self.columns, *[""] * self.nameless)


class Depth(NamedTuple):
    """Of a SELECT; bounded, as a model that has lost its way opens one sub-query after the other."""

    around: int = 0
    """SELECTs that it stands in."""
    sources: int = 0
    """Those of them in whose FROM it stands, directly or not."""

    def deeper(self, *, source: bool = False) -> Depth:
        """Of a sub-query here."""
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
            schema: Of the database.
            limits: Beyond valid SQL.
            query: The rule of a sub-query in an expression: its scope and its number of columns are
                the arguments. It arrives here because the rules of a query need those of expressions.
        """
        self.dialect, self.limits, self.query = schema.dialect, limits, query
        self.tables = {}
        for table in schema.tables:
            name = self._spelled(table.name)
            columns = tuple(self._spelled(column.name) for column in table.columns)
            flags = tuple(
                self._spelled(column.name) for column in table.columns if column.type.startswith("bool")
            )
            self.tables[name] = SourceNames(name, columns, name, flags)
        self._graph = ForeignKeyGraph(
            (self._spelled(key.table), self._spelled(key.ref_table)) for key in schema.foreign_keys
        )
        self._component = self._graph.components()
        self.scope = VisibleNames(self)

    def connected(self, table: str, others: tuple[SourceNames, ...]) -> bool:
        """Whether a foreign key, in either direction, connects a table with one of these sources."""
        return any(self._graph.connects(table, other.table) for other in others)

    def may_join(self, table: str, others: tuple[SourceNames, ...]) -> bool:
        """Whether the limits let the table stand beside these sources: see `GrammarLimits.joins_by_keys`."""
        if not self.limits.joins_by_keys or self.connected(table, others):
            return True
        here = self._component.get(table)
        sources = {other.table for other in others}
        return here is None or table in sources or all(self._component.get(one) != here for one in sources)

    def _spelled(self, name: str) -> str:
        return form_name(name, self.dialect)


class VisibleNames:
    """The names that one place of a statement sees; compared by identity, the same for the same names."""

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
            names: Of the schema.
            sources: Of this SELECT.
            outer: The SELECT that this one stands in.
            tables: Those of WITH.
            aliases: Of select items.
            depth: How deep this SELECT lies.
        """
        self.depth = depth
        self.names, self.sources, self.outer = names, sources, outer
        self.tables, self.aliases = tables, aliases
        self._known: dict[tuple[str, object], VisibleNames] = {}

    def has_often(self, source: SourceNames) -> bool:
        """Whether its table is in FROM as often as it may be: a lost model joins it on and on."""
        return sum(source.table == one.table for one in self.sources) >= MOST_OF_A_TABLE

    def join(self, source: SourceNames) -> VisibleNames:
        """With one source more."""
        return self._derived("join", source, (*self.sources, source), self.outer, self.tables, ())

    def alias(self, name: str) -> VisibleNames:
        """With one alias of a select item more."""
        aliases = (*self.aliases, name)
        return self._derived("alias", name, self.sources, self.outer, self.tables, aliases)

    def inner(self) -> VisibleNames:
        """Of a sub-query that may refer to the sources here."""
        return self._derived("inner", None, (), self, self.tables, (), self.depth.deeper())

    def fresh(self) -> VisibleNames:
        """Of a further SELECT that sees what this one sees, without its sources."""
        return self._derived("fresh", None, (), self.outer, self.tables, ())

    def source(self) -> VisibleNames:
        """Of a sub-query in FROM, which sees what this SELECT sees from around it."""
        deeper = self.depth.deeper(source=True)
        return self._derived("source", None, (), self.outer, self.tables, (), deeper)

    def table(self, source: SourceNames) -> VisibleNames:
        """With one table of WITH more."""
        return self._derived("table", source, self.sources, self.outer, (*self.tables, source), ())

    def _derived(
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
    def unaliased(self) -> VisibleNames:
        """Without the aliases of select items: WHERE does not know them."""
        if not self.aliases:
            return self
        return self._derived("unaliased", None, self.sources, self.outer, self.tables, ())

    @cached_property
    def alone(self) -> VisibleNames:
        """Without the SELECTs around: SQLite's ORDER BY does not always find their columns."""
        if self.outer is None:
            return self
        return self._derived("alone", None, self.sources, None, self.tables, self.aliases)

    @cached_property
    def taken(self) -> frozenset[str]:
        """Names of the sources here."""
        return frozenset(source.name for source in self.sources)

    @cached_property
    def new_alias(self) -> tuple[str, ...]:
        """Aliases that a further source may get: the lowest numbers that are free."""
        used = {name for scope in self._chain() for name in scope.taken}
        return tuple(name for name in (f"t{number}" for number in range(1, 10)) if name not in used)[:4]

    @cached_property
    def columns(self) -> OneOf:
        """Every way to write a column here."""
        return OneOf(self._written(tuple(source.columns for source in self.sources)))

    @cached_property
    def flags(self) -> OneOf:
        """Every way to write a column of truth values of this SELECT."""
        return OneOf(self._prefixed(tuple(source.flags for source in self.sources)))

    def _written(self, columns: tuple[tuple[str, ...], ...]) -> list[str]:
        found = [*self._prefixed(columns), *self.aliases]
        hidden = set(self.taken)
        outer = self.outer
        while outer is not None:
            for source in outer.sources:
                if source.name and source.name not in hidden:
                    found += [f"{source.name}.{column}" for column in source.columns]
            hidden |= outer.taken
            outer = outer.outer
        return list(dict.fromkeys(found))

    def prefixed(self, source: SourceNames) -> bool:
        """Whether columns of a source here are written behind its name."""
        return bool(source.name) and (len(self.sources) > 1 or source.name != source.table)

    def _prefixed(self, columns: tuple[tuple[str, ...], ...]) -> list[str]:
        """Bare with one source; behind the source's name with several, or where it has an alias."""
        found = list(columns[0]) if len(self.sources) == 1 else []
        for source, own in zip(self.sources, columns, strict=True):
            if self.prefixed(source):
                found += [f"{source.name}.{column}" for column in own]
        return found

    def _chain(self) -> list[VisibleNames]:
        return [self, *(self.outer._chain() if self.outer is not None else ())]
