"""A schema as sentences of natural language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.prompting.linking.values import describe, describe_table, join_and, literals
from nshot.prompting.serialize.escape import one_line
from nshot.prompting.serialize.names import plain_type, prompt_name, prompt_quoted_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.types import CellMatch, Column, ForeignKey, Schema, Table


def natural(schema: Schema, matches: Sequence[CellMatch] = ()) -> str:
    """The schema in sentences, one per line: tables, columns with types, primary and foreign keys.

    Args:
        schema: The schema to write; foreign keys are written even if the table they refer to is
            not.
        matches: Cell values to show beside their columns.

    Returns:
        Lines without a final line break; empty for a schema without tables.
    """
    if not schema.tables:
        return ""
    values = literals(matches)
    dialect = schema.dialect
    lines = [
        f"There are tables such as {', '.join(prompt_name(table.name, dialect) for table in schema.tables)}"
    ]
    lines += [_table(table, values, dialect) for table in schema.tables]
    lines += [_foreign_key(key, dialect) for key in schema.foreign_keys]
    return "\n".join(lines)


def _table(table: Table, values: dict[tuple[str, str], list[str]], dialect: str) -> str:
    parts = [
        _column(column, values.get((table.name.lower(), column.name.lower()), []), dialect)
        for column in table.columns
    ]
    if table.primary_key:
        parts.append(f"{_key(table.primary_key, dialect)} is primary key")
    listing = f" contains columns such as {', '.join(parts)}" if parts else ""
    return f"Table {prompt_name(table.name, dialect)}{_description(describe_table(table))}{listing}"


def _column(column: Column, values: Sequence[str], dialect: str) -> str:
    kind = f": {plain_type(one_line(column.type)).lower()}" if column.type else ""
    example = f", for example {join_and(values)}" if values else ""
    return f"{prompt_name(column.name, dialect)}{kind}{_description(describe(column))}{example}"


def _foreign_key(key: ForeignKey, dialect: str) -> str:
    table, target = prompt_name(key.table, dialect), prompt_name(key.ref_table, dialect)
    columns = _key(key.columns, dialect)
    if not key.ref_columns:
        return f"The {columns} of {table} is foreign key of {target}"
    return f"The {columns} of {table} is foreign key of {_key(key.ref_columns, dialect)} of {target}"


def _key(columns: Sequence[str], dialect: str) -> str:
    if len(columns) == 1:
        return prompt_name(columns[0], dialect)
    return f"({','.join(prompt_quoted_name(name, dialect) for name in columns)})"


def _description(text: str) -> str:
    line = one_line(text)
    return f" ({line})" if line else ""
