"""Parts of a schema: chosen columns of chosen tables, in the database's own order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.types import ForeignKey, Schema

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


def narrow(schema: Schema, keep: Mapping[int, Collection[int]]) -> Schema:
    """The schema with only the columns `keep[table]` of the tables in `keep`; tables and columns by
    position.

    A primary or foreign key is kept if all its columns, and the table that it refers to, are kept.
    """
    tables = []
    for number, table in enumerate(schema.tables):
        if number not in keep:
            continue
        columns = tuple(column for place, column in enumerate(table.columns) if place in keep[number])
        names = {column.name.lower() for column in columns}
        primary = table.primary_key if all(name.lower() in names for name in table.primary_key) else ()
        tables.append(table._replace(columns=columns, primary_key=primary))
    left = {table.name.lower(): {column.name.lower() for column in table.columns} for table in tables}
    keys = tuple(key for key in schema.foreign_keys if _stands(key, left))
    return Schema(schema.db_id, tuple(tables), keys, schema.dialect)


def places(schema: Schema) -> tuple[dict[str, int], list[dict[str, int]]]:
    """Positions of tables by lower-cased name, and for each table the positions of its columns by
    name.
    """
    tables = {table.name.lower(): number for number, table in enumerate(schema.tables)}
    columns = [
        {column.name.lower(): place for place, column in enumerate(table.columns)} for table in schema.tables
    ]
    return tables, columns


def _stands(key: ForeignKey, left: Mapping[str, Collection[str]]) -> bool:
    own, other = left.get(key.table.lower()), left.get(key.ref_table.lower())
    if own is None or other is None:
        return False
    return all(name.lower() in own for name in key.columns) and all(
        name.lower() in other for name in key.ref_columns
    )
