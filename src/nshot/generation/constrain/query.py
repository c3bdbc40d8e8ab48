"""The rules of a statement: FROM in front, then SELECT and what follows it.

Each rule yields the sequences it may stand for, and the rules after it take what was read so far
(`Core`, `Scope`) as arguments. That is how the grammar knows names: the column of an alias exists
only in the rules called after it. FROM comes first, so every column is known when SELECT is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from nshot.generation.constrain.expression import condition, either, ordering, value
from nshot.generation.constrain.items import Call, Give, Item, Named, OneOf, Sequences, Take, call
from nshot.generation.constrain.items import Literal as Free
from nshot.generation.constrain.scope import SourceNames, VisibleNames

How = Literal["first", "join", "comma"]
_LATER: Final = ("left", "right", "full")


class Core(NamedTuple):
    """One SELECT as far as it has been read. Hashable, as an argument of rules."""

    scope: VisibleNames
    width: int | None
    """Number of columns that it must have; None: any number."""
    named: bool
    """Whether an outer query may refer to its columns by name; if not, they are not told apart."""
    columns: tuple[str, ...] = ()
    """Columns of its result so far; empty strings for those without a name."""
    result: tuple[str, ...] | None = None
    """Columns of the first SELECT of the set operation, if this SELECT is a later part of one."""
    grouped: bool = False
    """Whether there is a GROUP BY."""

    def select(self, *columns: str) -> Core:
        """The SELECT with further columns."""
        # Without names only the number counts, and texts of different columns lead to the same rules.
        names = columns if self.named else ("",) * len(columns)
        return self._replace(columns=(*self.columns, *names))


def statement(scope: VisibleNames) -> Sequences:
    """A whole statement."""
    yield (call(query, scope, None),)
    yield "with", call(_with, scope)


def _with(scope: VisibleNames) -> Sequences:
    yield (Named(_with_body, (scope,)),)


def _with_body(scope: VisibleNames, name: str) -> Sequences:
    yield "as", "(", call(query, scope, None, True), Take(_with_next, (scope, name))


def _with_next(scope: VisibleNames, name: str, columns: tuple[str, ...]) -> Sequences:
    # `columns` has an entry for each column, empty without a name. Columns without a name, or with one that
    # stands twice, cannot be referred to; `*` still counts them.
    nameless = len(columns) - len(_distinct(columns))
    known = scope.table(SourceNames(name, _distinct(columns), name, nameless=nameless))
    yield ")", ",", call(_with, known)
    yield ")", call(query, known, None)


def query(scope: VisibleNames, width: int | None, named: bool = False) -> Sequences:
    """A statement or a sub-query; its result (`Give`) is the names of its columns.

    Args:
        scope: SchemaNames around it; without sources yet.
        width: Number of columns that it must have; None: any.
        named: Whether the names of its columns are needed.
    """
    yield (_first(Core(scope, width, named)),)


def _first(core: Core) -> Call:
    return call(_from, core)


def _from(core: Core) -> Sequences:
    yield "from", call(_source, core, "first")


def _source(core: Core, how: How) -> Sequences:
    scope = core.scope
    for name, source in _tables(scope):
        # `found`: a key leads from the sources here to this table, so JOIN may do without ON.
        found = scope.names.is_connected(name, scope.sources)
        if name not in scope.source_names:
            yield name, call(_after_source, core._replace(scope=scope.join(source)), how, found)
        # A table that is in FROM already needs an alias, so that its columns can be distinguished.
        if scope.new_alias:
            yield name, "as", call(_alias, core, source, how, found)
    if _takes_sub_queries(scope) and (how == "first" or scope.new_alias):
        yield "(", call(query, scope.source(), None, True), Take(_after_derived_table, (core, how))


def _tables(scope: VisibleNames) -> Iterator[tuple[str, SourceNames]]:
    """Yields the tables, by name, that may be the next source; tables of WITH hide those of the
    schema.
    """
    tables = dict(scope.names.tables) | {source.name: source for source in scope.tables}
    for name, source in tables.items():
        if scope.names.may_join(name, scope.sources) and not scope.has_often(source):
            yield name, source


def _takes_sub_queries(scope: VisibleNames) -> bool:
    """Whether sub-queries may be sources here."""
    return scope.depth.takes_sources and not scope.names.limits.tables_only


def _takes_more(scope: VisibleNames) -> bool:
    """Whether a further source is possible: one that still has a free name."""
    if scope.new_alias:
        return _takes_sub_queries(scope) or any(_tables(scope))
    return any(name not in scope.source_names for name, _ in _tables(scope))


def _alias(core: Core, source: SourceNames, how: How, found: bool) -> Sequences:
    for name in core.scope.new_alias:
        scope = core.scope.join(source._replace(name=name))
        yield name, call(_after_source, core._replace(scope=scope), how, found)


def _after_derived_table(core: Core, how: How, columns: tuple[str, ...]) -> Sequences:
    source = SourceNames("", _distinct(columns), nameless=len(columns) - len(_distinct(columns)))
    if how == "first":
        yield ")", call(_after_source, core._replace(scope=core.scope.join(source)), how, False)
    yield ")", "as", call(_alias, core, source, how, False)


def _after_source(core: Core, how: How, found: bool) -> Sequences:
    """What follows a source: ON after JOIN; JOIN without ON only if a foreign key connects the
    tables.
    """
    if how == "join":
        yield "on", call(condition, core.scope, "one row"), call(_sources, core)
    if how != "join" or found:
        yield (call(_sources, core),)


def _sources(core: Core) -> Sequences:
    # A sub-query without an alias must stay the only source: its columns cannot be prefixed.
    if core.scope.sources[0].name and _takes_more(core.scope):
        yield "join", call(_source, core, "join")
        for side in _LATER:
            yield side, "join", call(_source, core, "join")
        yield ",", call(_source, core, "comma")
        yield "cross", "join", call(_source, core, "comma")
    yield "select", call(_distinct_items, core)


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The names of a sub-query's columns that can be referred to."""
    return tuple(dict.fromkeys(filter(None, columns)))


def _distinct_items(core: Core) -> Sequences:
    yield (call(_item, core),)
    yield "distinct", call(_item, core)


def _item(core: Core) -> Sequences:
    sources = core.scope.sources
    yield from _star("*", core, sources)
    for source in sources:
        if core.scope.has_prefix(source):
            yield from _star(f"{source.name}.*", core, (source,))
    # A column by itself gives its own name to the result; within an expression it gives none. So the
    # columns stand here once more, where the name is needed.
    if core.named:
        for column in core.scope.without_aliases.columns.texts:
            yield column, call(_item_name, core, _bare(column))
    yield call(either, core.scope.without_aliases, "windows"), call(_item_name, core, "")


def _bare(column: str) -> str:
    """The column without its prefix; a quoted name may contain a full stop."""
    if column.endswith('"'):
        return column[column.rfind('"', 0, -1) :]
    return column.rpartition(".")[2]


def _star(text: str, core: Core, sources: tuple[SourceNames, ...]) -> Sequences:
    # Only where the columns of `*` fit: a sub-query after IN must have exactly one.
    columns = tuple(column for source in sources for column in source.all_columns)
    if core.width is None or len(core.columns) + len(columns) <= core.width:
        yield text, call(_after_item, core.select(*columns))


def _item_name(core: Core, name: str) -> Sequences:
    yield (call(_after_item, core.select(name)),)
    yield "as", Named(_after_item_alias, (core,))


def _after_item_alias(core: Core, alias: str) -> Sequences:
    scope = core.scope.alias(alias)
    yield (call(_after_item, core.select(alias)._replace(scope=scope)),)


def _after_item(core: Core) -> Sequences:
    # Invariant: never more columns than `width`, and the list ends only at exactly that many. A sub-query
    # after IN or a later part of a UNION therefore always fits.
    if core.width is None or len(core.columns) < core.width:
        yield ",", call(_item, core)
    if core.width is None or len(core.columns) == core.width:
        yield (call(_where, core),)


def _where(core: Core) -> Sequences:
    # WHERE gets no aliases of select items; GROUP BY, HAVING and ORDER BY do.
    yield (call(_group, core),)
    yield "where", call(condition, core.scope.without_aliases, "one row"), call(_group, core)


def _group(core: Core) -> Sequences:
    yield (call(_combine, core),)
    yield "group", "by", call(_groups, core._replace(grouped=True))


def _groups(core: Core) -> Sequences:
    yield call(value, core.scope, "one row"), call(_after_group, core)


def _after_group(core: Core) -> Sequences:
    yield ",", call(_groups, core)
    yield "having", call(condition, core.scope, "groups"), call(_combine, core)
    yield (call(_combine, core),)


def _combine(core: Core) -> Sequences:
    yield (call(_order, core),)
    # All parts of a set operation have as many columns as the first, which names the result's.
    result = core.columns if core.result is None else core.result
    further = Core(core.scope.fresh(), len(core.columns), named=True, result=result)
    yield "union", "all", _first(further)
    yield _SET_OPERATIONS, _first(further)


_SET_OPERATIONS: Final = OneOf(("union", "intersect", "except"))


def _order(core: Core) -> Sequences:
    yield (call(_limit, core),)
    # Without GROUP BY no aggregates: one would turn the result into one row.
    # Behind a set operation ORDER BY may only name columns of the result, by name or number.
    if core.result is None:
        term = call(either, core.scope.without_outer, "windows" if core.grouped else "one row")
    else:
        term = call(_position, (*core.result, *core.columns), len(core.result))
    yield "order", "by", call(ordering, term), call(_limit, core)


def _position(columns: tuple[str, ...], width: int) -> Sequences:
    """A column of a set operation's result, by name or number."""
    yield (OneOf(dict.fromkeys(filter(None, columns))),)
    yield (OneOf(str(number) for number in range(1, width + 1)),)


def _limit(core: Core) -> Sequences:
    end: Item = Give(core.columns if core.result is None else core.result)
    yield (end,)
    yield "limit", Free.WHOLE, end
    yield "limit", Free.WHOLE, "offset", Free.WHOLE, end
