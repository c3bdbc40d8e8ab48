"""Names of a schema as a prompt shows them: in words, and mapped back exactly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from nshot.prompting.config import PromptConfig
from nshot.sql import exchange_names, form_name, name_parts, split_name
from nshot.types import CellMatch, Dropped, NamePair, Schema, Table


class ShownNames(NamedTuple):
    """A schema with some names exchanged for what a prompt shows."""

    schema: Schema
    """With the shown names."""
    pairs: tuple[NamePair, ...] = ()
    """The names that differ; no two own ones have the same shown one."""

    def show(self, schema: Schema) -> Schema:
        """A part of the schema, or all of it, with the shown names."""
        return _rename(schema, {pair.own.lower(): pair.shown for pair in self.pairs})

    def matches(self, matches: Sequence[CellMatch]) -> Sequence[CellMatch]:
        """The matches with the shown names of their tables and columns."""
        if not self.pairs:
            return matches
        new = {pair.own.lower(): pair.shown for pair in self.pairs}
        return tuple(
            one._replace(
                table=new.get(one.table.lower(), one.table), column=new.get(one.column.lower(), one.column)
            )
            for one in matches
        )

    def find_own(self, shown: Iterable[str]) -> tuple[str, ...]:
        """The database's own names, of names that the prompt shows."""
        old = {pair.shown.lower(): pair.own for pair in self.pairs}
        return tuple(old.get(name.lower(), name) for name in shown)

    def restore_dropped(self, dropped: Dropped) -> Dropped:
        """What a prompt left out, by the database's own names."""
        if not self.pairs or not dropped:
            return dropped
        old = {pair.shown.lower(): pair.own for pair in self.pairs}

        def name(shown: str) -> str:
            return old.get(shown.lower(), shown)

        tables = {table.name: name(table.name) for table in self.schema.tables}
        columns = {
            f"{table.name}.{one.name}": f"{name(table.name)}.{name(one.name)}"
            for table in self.schema.tables
            for one in table.columns
        }
        return dropped._replace(
            tables=tuple(tables[one] for one in dropped.tables),
            columns=tuple(columns[one] for one in dropped.columns),
        )


def show_names(text: str, pairs: Sequence[NamePair], dialect: str) -> str:
    """SQL in one of the forms with the names that a prompt shows."""
    if not pairs:
        return text
    return exchange_names(text, {pair.own.lower(): pair.shown for pair in pairs}, dialect, form=True)


def restore_names(sql: str, pairs: Sequence[NamePair], dialect: str) -> str:
    """SQL with the database's own names, of SQL with those that its prompt shows."""
    return exchange_names(sql, {pair.shown.lower(): pair.own for pair in pairs}, dialect) if pairs else sql


def choose_names(schema: Schema, config: PromptConfig) -> ShownNames:
    """The schema with the names that prompts of this configuration show."""
    return split_names(schema) if config.split_names else ShownNames(schema)


@lru_cache(maxsize=4096)
def split_names(schema: Schema) -> ShownNames:
    """The schema with its names split into words (`nshot.sql.split_name`).

    A name keeps its own spelling where another one would be shown alike: what a model writes must
    mean one name. Names with capitals are shown in lower case, also where the dialect tells letter
    cases apart: models were tuned on prompts of SQLite.
    """
    names = list(dict.fromkeys(schema.identifiers()))
    known = frozenset(part for name in names for part in name_parts(name))
    shown = {name: split_name(name, known) for name in names}
    taken = Counter(one.lower() for one in {name.lower(): new for name, new in shown.items()}.values())
    own = Counter(name.lower() for name in names)
    new = {
        name: made
        for name, made in shown.items()
        if _is_shown_otherwise(name, made, schema.dialect)
        and taken[made.lower()] == 1
        and (made.lower() == name.lower() or made.lower() not in own)
        and (own[name.lower()] == 1 or schema.dialect == "sqlite")
    }
    if not new:
        return ShownNames(schema)
    changed = {name.lower(): made for name, made in new.items()}
    pairs = tuple(NamePair(name, made) for name, made in new.items())
    return ShownNames(_rename(schema, changed), pairs)


def _is_shown_otherwise(name: str, made: str, dialect: str) -> bool:
    if made.lower() != name.lower():
        return True
    return made != name and form_name(name, dialect) != form_name(made, dialect)


def _rename(schema: Schema, new: dict[str, str]) -> Schema:
    def name(own: str) -> str:
        return new.get(own.lower(), own)

    def table(one: Table) -> Table:
        columns = tuple(column._replace(name=name(column.name)) for column in one.columns)
        return one._replace(
            name=name(one.name), columns=columns, primary_key=tuple(map(name, one.primary_key))
        )

    keys = tuple(key.rename(name) for key in schema.foreign_keys)
    return replace(schema, tables=tuple(map(table, schema.tables)), foreign_keys=keys)
