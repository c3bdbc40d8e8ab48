"""A schema as CREATE TABLE statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nshot.prompting.linking.values import describe, describe_table, join_and, literals
from nshot.prompting.serialize.escape import one_line
from nshot.prompting.serialize.names import RESERVED, plain_type, prompt_name, prompt_quoted_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nshot.types import CellMatch, Column, ForeignKey, Schema, Table

_PLAIN_TYPE = re.compile(r"[A-Za-z_][\w ]*(\(\s*[+-]?[\d.]+\s*(,\s*[+-]?[\d.]+\s*)?\))?")


def ddl(schema: Schema, matches: Sequence[CellMatch] = ()) -> str:
    """The schema as CREATE TABLE statements that its database accepts.

    A table is one line. If it has descriptions or values, each column has its own line, and they
    follow it as `--` comments.

    Args:
        schema: The schema to write; foreign keys are written even if the table they refer to is
            not.
        matches: Cell values to show in comments.

    Returns:
        Statements without a final line break; empty for a schema without tables.
    """
    values = literals(matches)
    return "\n".join(_table(table, schema, values) for table in schema.tables if table.columns)


def _table(table: Table, schema: Schema, values: dict[tuple[str, str], list[str]]) -> str:
    clauses, comments = [], []
    for column in table.columns:
        single = tuple(name.lower() for name in table.primary_key) == (column.name.lower(),)
        clauses.append(_column(column, schema.dialect) + (" PRIMARY KEY" if single else ""))
        comments.append(_comment(describe(column), values.get((table.name.lower(), column.name.lower()), [])))
    if len(table.primary_key) > 1:
        clauses.append(f"PRIMARY KEY ({_names(table.primary_key, schema.dialect)})")
    keys = [key for key in schema.foreign_keys if key.table.lower() == table.name.lower()]
    clauses += [_foreign_key(key, schema.dialect) for key in keys]
    comments += [""] * (len(clauses) - len(comments))
    head = f"CREATE TABLE {prompt_name(table.name, schema.dialect)} ("
    about = _comment(describe_table(table), [])
    if not any(comments) and not about:
        return f"{head} {', '.join(clauses)} );"
    commas = [","] * (len(clauses) - 1) + [""]
    lines = [f"  {one}{comma}{note}" for one, comma, note in zip(clauses, commas, comments, strict=True)]
    return "\n".join([head + about, *lines, ");"])


def _column(column: Column, dialect: str) -> str:
    kind = plain_type(one_line(column.type))
    if not kind:
        return prompt_name(column.name, dialect)
    plain = _PLAIN_TYPE.fullmatch(kind) and not RESERVED & set(kind.lower().split())
    if plain or dialect != "sqlite":
        return f"{prompt_name(column.name, dialect)} {kind.upper() if plain else kind}"
    return f"{prompt_name(column.name)} {prompt_quoted_name(kind)}"


def _foreign_key(key: ForeignKey, dialect: str) -> str:
    columns = f" ({_names(key.ref_columns, dialect)})" if key.ref_columns else ""
    target = prompt_name(key.ref_table, dialect) + columns
    return f"FOREIGN KEY ({_names(key.columns, dialect)}) REFERENCES {target}"


def _comment(description: str, values: Sequence[str]) -> str:
    example = f"for example {join_and(values)}" if values else ""
    notes = "; ".join(filter(None, [one_line(description), example]))
    return f" -- {notes}" if notes else ""


def _names(columns: Sequence[str], dialect: str) -> str:
    return ", ".join(prompt_name(name, dialect) for name in columns)
