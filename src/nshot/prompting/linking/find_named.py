"""Find the tables and columns of a schema that SQL names."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nshot.errors import SqlParseError
from nshot.prompting.linking.narrow import places

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

    from nshot.types import Schema

LONGEST = 20_000
"""Characters of SQL that is read."""


def find_named(schema: Schema, sql: str) -> dict[int, Collection[int]]:
    """Positions of the named columns, by position of their table; a table may have no named
    columns.

    A column without a table prefix belongs to every visible table that has such a column, beginning
    with the innermost query. `*` names all columns, `count(*)` none.

    Raises:
        SqlParseError: The text is not SQL, or is too long, or a set operation joins something that
            is not a query.
    """
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.scope import traverse_scope

    from nshot.sql import parse

    if len(sql) > LONGEST:
        raise SqlParseError(f"SQL of {len(sql):,} characters is too long to find what it names; shorten it")
    tree = parse(sql, schema, schema.dialect)
    reader = _Reader(schema)
    for table in tree.find_all(exp.Table):
        reader.table(table.name)
    try:
        for scope in traverse_scope(tree):
            reader.scope(scope)
    except SqlglotError as error:
        raise SqlParseError(f"the tables and columns of the SQL cannot be found: {error}") from error
    return dict(reader.found)


class _Reader:
    """Collects the positions of the tables and columns that a query names."""

    def __init__(self, schema: Schema) -> None:
        self._tables, self._columns = places(schema)
        self.found: dict[int, set[int]] = {}

    def table(self, name: str) -> None:
        number = self._tables.get(name.lower())
        if number is not None:
            self.found.setdefault(number, set())

    def scope(self, scope: Scope) -> None:
        from sqlglot import exp

        for column in scope.find_all(exp.Column):
            if isinstance(column.this, exp.Star):
                self._star(scope, column.table)
            else:
                self._column(scope, column)
        self._add_join_columns(scope)
        if any(isinstance(one, exp.Star) for one in getattr(scope.expression, "selects", [])):
            self._star(scope, "")

    def _column(self, scope: Scope, column: exp.Column) -> None:
        name = column.name.lower()
        here: Scope | None = scope
        while here is not None:
            hits = [number for number in self._sources(here, column.table) if name in self._columns[number]]
            for number in hits:
                self.found.setdefault(number, set()).add(self._columns[number][name])
            if hits:
                return
            here = here.parent

    def _add_join_columns(self, scope: Scope) -> None:
        sources = self._sources(scope, "")
        for join in scope.expression.args.get("joins") or ():
            names = {name.name.lower() for name in join.args.get("using") or ()}
            if (join.args.get("method") or "").upper() == "NATURAL":
                seen = Counter(name for number in sources for name in self._columns[number])
                names |= {name for name, count in seen.items() if count > 1}
            for number in sources:
                own = self._columns[number]
                self.found.setdefault(number, set()).update(own[name] for name in names if name in own)

    def _star(self, scope: Scope, alias: str) -> None:
        for number in self._sources(scope, alias):
            self.found.setdefault(number, set()).update(self._columns[number].values())

    def _sources(self, scope: Scope, alias: str) -> list[int]:
        from sqlglot import exp

        tables = [
            self._tables.get(source.name.lower())
            for name, source in scope.sources.items()
            if isinstance(source, exp.Table) and (not alias or name.lower() == alias.lower())
        ]
        return [number for number in tables if number is not None]
