"""Foreign keys that a database has but does not declare, found by names and checked by content.

Many databases join their tables by columns that no FOREIGN KEY clause mentions: MyISAM tables, CSV
imports, data warehouses. A column is taken as a key to another table if its name says so (`carrier`
in `flights` and in `airlines`; `customer_id` and `customers.id`; `o_custkey` and `c_custkey`), the
column there tells that table's rows apart, and the values of the one are among the values of the
other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from nshot.databases.backend import Source
from nshot.databases.execute import execute
from nshot.errors import DataError, SqlError
from nshot.sql import quote_name
from nshot.stemming import strip_plural
from nshot.types import Column, ForeignKey, Schema, Table

SECONDS: Final = 0.5
"""Of one check of content; a check that takes longer speaks against the key."""
MOST_CHECKS: Final = 400
"""Of one database; names that would need more are left alone."""
MOST_TARGETS: Final = 100
"""Tables that a column may refer to by its name; a name that would fit more says nothing."""
SAMPLE: Final = 1000
"""Distinct values that are looked for in the other table."""
INSIDE: Final = 0.75
"""Share of them that it must hold: real data has orphans."""

_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_GENERIC: Final = frozenset(
    "id name code rank key no number num nr type date year month day time title".split()
)
"""Names that tables share without meaning the same."""
_KEY_ENDINGS: Final = frozenset("id code key no number num nr".split())


class Checks(NamedTuple):
    """What the content of a database says."""

    is_unique: Callable[[str, str], bool]
    """(table, column): whether no value stands twice and none is NULL."""
    is_inside: Callable[[ForeignKey], bool]
    """Whether the values of the key's column are among those that it refers to."""


def find_keys(schema: Schema, checks: Checks) -> tuple[ForeignKey, ...]:
    """Foreign keys of one column that the schema does not declare, in the order of its tables.

    Args:
        schema: With the keys that are declared; a column of one of them gets no other.
        checks: The database's content.
    """
    seen = {(key.table.lower(), name.lower()) for key in schema.foreign_keys for name in key.columns}
    declared = {frozenset((key.table.lower(), key.ref_table.lower())) for key in schema.foreign_keys}
    found: list[ForeignKey] = []
    target: dict[tuple[str, str], str] = {}
    targets = _Targets(schema)
    for table in schema.tables:
        for column in table.columns:
            if (table.name.lower(), column.name.lower()) in seen or _is_key(table, column.name):
                continue
            for key in targets.find(table, column.name):
                pair, aim = (key.table, key.ref_table), key.ref_columns[0]
                is_new = frozenset(map(str.lower, pair)) not in declared and target.get(pair, aim) == aim
                if is_new and checks.is_unique(key.ref_table, aim) and checks.is_inside(key):
                    found.append(key)
                    target[pair] = aim
                    break
    return tuple(found)


def content_checks(source: Source, schema: Schema) -> Checks:
    """Checks by statements in the sandbox, each answered once, within `SECONDS`.

    Args:
        source: A SQLite file or a URL.
        schema: Of that database; says which columns hold text, whose blanks at the ends do not
            count.
    """
    known: dict[str, bool] = {}
    texts = {(table.name, one.name) for table in schema.tables for one in table.columns if _is_text(one)}

    def holds(sql: str) -> bool:
        if sql not in known:
            known[sql] = len(known) < MOST_CHECKS and _is_true(source, sql)
        return known[sql]

    def quote(name: str) -> str:
        return quote_name(name, schema.dialect)

    def value(table: str, column: str) -> str:
        return f"trim({quote(column)})" if (table, column) in texts else quote(column)

    def is_unique(table: str, column: str) -> bool:
        one = quote(column)
        test = f"SELECT count(*) = count(DISTINCT {one}) AND count(*) > 0 FROM "  # noqa: S608
        some = f"(SELECT {one} FROM {quote(table)} LIMIT {SAMPLE}) AS sampled"  # noqa: S608
        return holds(test + some) and holds(test + quote(table))

    def is_inside(key: ForeignKey) -> bool:
        own, other = quote(key.columns[0]), quote(key.ref_table)
        one = value(key.table, key.columns[0])
        there = f"WHERE {own} IS NOT NULL LIMIT {SAMPLE}"
        values = f"SELECT DISTINCT {one} AS one FROM {quote(key.table)} {there}"  # noqa: S608
        inside = f"one IN (SELECT {value(key.ref_table, key.ref_columns[0])} FROM {other})"  # noqa: S608
        enough = f"sum(CASE WHEN {inside} THEN 1 ELSE 0 END) >= {INSIDE} * count(*)"
        return holds(f"SELECT count(*) > 0 AND {enough} FROM ({values}) AS sampled")  # noqa: S608

    return Checks(is_unique, is_inside)


def _is_text(column: Column) -> bool:
    return re.search("char|text|clob|string", column.type.lower()) is not None


def _is_true(source: Source, sql: str) -> bool:
    try:
        rows = execute(source, sql, timeout=SECONDS, max_rows=1)
    except (SqlError, DataError):
        return False
    return bool(rows.rows and rows.rows[0][0])


class _Targets:
    """The tables by their names and by the words of their columns, so that few are compared with a
    column.
    """

    def __init__(self, schema: Schema) -> None:
        self._tables = schema.tables
        self._by_name: dict[str, list[int]] = {}
        self._by_words: dict[tuple[str, ...], list[int]] = {}
        for place, table in enumerate(schema.tables):
            parts = _parts(table.name)
            for name in {"".join(parts), "".join(map(strip_plural, parts))}:
                self._by_name.setdefault(name, []).append(place)
            for words in {_words(table, column.name) for column in table.columns}:
                self._by_words.setdefault(words, []).append(place)

    def find(self, table: Table, column: str) -> Iterator[ForeignKey]:
        """The columns that this one may refer to, by name alone, the best first."""
        scored = []
        for place in self._places(table, column):
            other = self._tables[place]
            if other.name.lower() == table.name.lower():
                continue
            for at, target in enumerate(other.columns):
                if (score := _likeness(table, column, other, target.name)) > 0:
                    key = ForeignKey(table.name, (column,), other.name, (target.name,))
                    scored.append((-score, at, place, key))
        for *_, key in sorted(scored, key=lambda one: one[:3]):
            yield key

    def _places(self, table: Table, column: str) -> list[int]:
        """Places of the tables for which `_likeness` may be above 0."""
        words = _words(table, column)
        ends = {
            "".join(part)[start:] for part in (words, words[:-1]) for start in range(len("".join(part)) + 1)
        }
        near = {place for end in ends for place in self._by_name.get(end, ())}
        near.update(self._by_words.get(words, ()))
        return sorted(near) if len(near) <= MOST_TARGETS else []


def _is_key(table: Table, column: str) -> bool:
    return [name.lower() for name in table.primary_key] == [column.lower()]


def _likeness(table: Table, column: str, other: Table, target: str) -> float:
    """How much the name `table.column` looks like a reference to `other.target`; 0 for not at
    all."""
    own, theirs = _words(table, column), _words(other, target)
    named = tuple(strip_plural(word) for word in _parts(other.name))
    rank = 0.5 * (target == other.columns[0].name) + 0.5 * _is_key(other, target)
    if not own or not theirs or (not rank and other.primary_key):
        return 0.0
    stem = own[:-1] if own[-1] in _KEY_ENDINGS else own
    about = "".join(stem).endswith("".join(named)) or "".join(stem) == "".join(_parts(other.name))
    if about and len(stem) < len(own) and theirs in ((own[-1],), (*named, own[-1])):
        return 2 + rank
    if own == theirs and not set(own) <= _GENERIC:
        return 1 + rank + about
    return 0.5 + rank if about and rank else 0.0


def _words(table: Table, name: str) -> tuple[str, ...]:
    """The words of a column's name, without a prefix that all columns of its table bear."""
    words = _parts(name)
    first = Counter(next(iter(_parts(column.name)), "") for column in table.columns)
    shared = len(table.columns) > 2 and first[words[0] if words else ""] == len(table.columns)
    return words[1:] if shared and len(words) > 1 else words


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PART.findall(name))
