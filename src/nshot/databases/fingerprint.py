"""A short digest of everything in a database that SQL can refer to."""

from __future__ import annotations

import hashlib
import json

from nshot.types import Schema


def schema_fingerprint(schema: Schema) -> str:
    """16 hex digits; equal for schemas with the same tables, columns, types and keys.

    Descriptions and natural names are ignored, because SQL cannot refer to them.

    >>> from nshot.types import Column, Table
    >>> a = Schema("shop", (Table("product", (Column("price", "real"),)),))
    >>> b = Schema("shop", (Table("product", (Column("price", "real", "the price"),)),))
    >>> schema_fingerprint(a) == schema_fingerprint(b)
    True
    """
    tables = [
        [table.name, [[column.name, column.type] for column in table.columns], list(table.primary_key)]
        for table in schema.tables
    ]
    keys = [[key.table, key.columns, key.ref_table, key.ref_columns] for key in schema.foreign_keys]
    text = json.dumps([schema.dialect, tables, keys], ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
