"""A schema in few tokens: one line per table and per foreign key, for models that are tuned to
it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nshot.prompting.linking.values import text_literal
from nshot.prompting.serialize.escape import one_line
from nshot.prompting.serialize.names import prompt_form_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nshot.types import CellMatch, Column, ForeignKey, Schema, Table

_KINDS: Final = (
    ("bool", re.compile(r"bool|tinyint\(1\)")),
    ("text", re.compile(r"char|text|clob|string|enum")),
    ("date", re.compile(r"date|time")),
    ("int", re.compile(r"\b(tiny|small|medium|big)?int(eger)?\d*\b|serial|year|\blong\b|\bbit\b")),
    ("real", re.compile(r"real|floa|doub|dec|num|money")),
    ("blob", re.compile(r"blob|binary|bytea|image")),
)


def compact(schema: Schema, matches: Sequence[CellMatch] = ()) -> str:  # noqa: ARG001
    """The schema as `singer(singer_id int, name text)` lines, then `a.x = b.y` lines of foreign
    keys.

    Names are spelled as in the SQL forms `named` and `from-first`, and codes follow the type: `sex
    text ('F', 'M')`. Notes of users follow as lines `-- singer.sex: F = female`. Descriptions,
    primary keys and cell values are left out; a template can show cell values with its variable
    `values`.

    Returns:
        Lines without a final line break; empty for a schema without tables.
    """
    lines = [_table(table, schema.dialect) for table in schema.tables]
    keys = [_foreign_key(key, schema) for key in schema.foreign_keys]
    return "\n".join(lines + keys + list(_notes(schema)))


def kind(declared: str) -> str:
    """A declared type as one of int, real, text, date, bool, blob; empty if no type is declared.

    Other types (json, uuid ...) become text.

    >>> kind("VARCHAR(20)"), kind("bigint unsigned"), kind("decimal(10,2)"), kind("timestamp"), kind("")
    ('text', 'int', 'real', 'date', '')
    """
    lowered = declared.lower().strip()
    if not lowered:
        return ""
    return next((name for name, pattern in _KINDS if pattern.search(lowered)), "text")


def _table(table: Table, dialect: str) -> str:
    columns = ", ".join(_column(one, dialect) for one in table.columns)
    return f"{prompt_form_name(table.name, dialect)}({columns})"


def _column(column: Column, dialect: str) -> str:
    parts = [prompt_form_name(column.name, dialect), kind(column.type), _codes(column.codes)]
    return " ".join(filter(None, parts))


def _notes(schema: Schema) -> Iterator[str]:
    for table in schema.tables:
        name = prompt_form_name(table.name, schema.dialect)
        for place, note in [("", table.note), *((column.name, column.note) for column in table.columns)]:
            if line := one_line(note):
                owner = f"{name}.{prompt_form_name(place, schema.dialect)}" if place else name
                yield f"-- {owner}: {line}"


def _codes(values: Sequence[str]) -> str:
    return f"({', '.join(text_literal(one_line(value)) for value in values)})" if values else ""


def _foreign_key(key: ForeignKey, schema: Schema) -> str:
    other = schema.table(key.ref_table)
    columns = key.ref_columns or (other.primary_key if other else ())
    return f"{_side(key.table, key.columns, schema)} = {_side(key.ref_table, columns, schema)}"


def _side(table: str, columns: Sequence[str], schema: Schema) -> str:
    names = [prompt_form_name(name, schema.dialect) for name in columns]
    owner = prompt_form_name(table, schema.dialect)
    if not names:
        return owner
    return f"{owner}.{names[0]}" if len(names) == 1 else f"{owner}.({', '.join(names)})"
