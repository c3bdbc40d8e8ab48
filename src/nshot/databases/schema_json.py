"""A lossless JSON form of a schema, in which an index stores the schemas of its pool."""

from __future__ import annotations

from typing import Any

from nshot.errors import DataError
from nshot.types import Column, ForeignKey, Schema, Table


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """Plain dicts, lists and strings from which `schema_from_json` makes an equal schema.

    Empty fields are left out.

    >>> schema_to_json(Schema("d", (Table("t", (Column("a", "int"),), ("a",)),)))["tables"]
    [{'name': 't', 'columns': [{'name': 'a', 'type': 'int'}], 'primary_key': ['a']}]
    """
    return {
        "db_id": schema.db_id,
        "dialect": schema.dialect,
        "tables": [_table_to_json(table) for table in schema.tables],
        "foreign_keys": [
            [key.table, list(key.columns), key.ref_table, list(key.ref_columns)]
            for key in schema.foreign_keys
        ],
    }


def schema_from_json(obj: object) -> Schema:
    """The schema that `schema_to_json` wrote.

    Raises:
        DataError: `obj` does not have that form.
    """
    try:
        return _read(obj)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"this is not a schema as schema_to_json writes it: {error!r}; write it again"
        ) from error


def _read(obj: Any) -> Schema:
    return Schema(
        db_id=obj["db_id"],
        dialect=obj["dialect"],
        tables=tuple(_table_from_json(table) for table in obj["tables"]),
        foreign_keys=tuple(
            ForeignKey(table, tuple(columns), ref_table, tuple(ref_columns))
            for table, columns, ref_table, ref_columns in obj["foreign_keys"]
        ),
    )


def _table_to_json(table: Table) -> dict[str, Any]:
    fields = table._asdict() | {
        "columns": [_drop_empty(column._asdict()) for column in table.columns],
        "primary_key": list(table.primary_key),
    }
    return {"name": table.name, "columns": fields["columns"]} | _drop_empty(fields)


def _table_from_json(obj: Any) -> Table:
    fields = obj | {
        "columns": tuple(
            Column(**column | {"codes": tuple(column.get("codes", ()))}) for column in obj["columns"]
        ),
        "primary_key": tuple(obj.get("primary_key", ())),
    }
    return Table(**fields)


def _drop_empty(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value or name == "name"}
