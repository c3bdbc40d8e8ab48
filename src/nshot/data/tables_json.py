"""Spider's `tables.json`: schemas of many databases in one file, with names in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nshot.artifacts import parse_json, read_text
from nshot.errors import DataError, FileMissingError
from nshot.types import Column, ForeignKey, Schema, Table


def schemas_from_tables_json(path: str | Path) -> dict[str, Schema]:
    """Schemas by db_id, in the file's order.

    Types are the file's own words (text, number, time, boolean, others). Composite primary keys may
    be lists of column numbers, as in later releases. If the lists of clean and original names
    differ in length, the natural names of that database are left empty.

    Raises:
        DataError: The file is missing or does not have this format.
    """
    return {db_id: schema_of_entry(entry) for db_id, entry in read_entries(path).items()}


def read_entries(path: str | Path) -> dict[str, dict[str, Any]]:
    """The file's entries by db_id, unchanged.

    Raises:
        DataError: The file is missing or does not have this format.
    """
    file = Path(path)
    if not file.is_file():
        raise FileMissingError("tables file", file, "give Spider's tables.json or test_tables.json")
    try:
        entries = {entry["db_id"]: entry for entry in parse_json(read_text(file))}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{file} is not in the format of Spider's tables.json: {error!r}; correct it"
        ) from error
    if wrong := [db_id for db_id in entries if not isinstance(db_id, str)]:
        raise DataError(f"{file}: expected text as db_id, got {wrong[0]!r}")
    return entries


def schema_of_entry(entry: dict[str, Any]) -> Schema:
    """The schema that one entry describes.

    Raises:
        DataError: the entry is not in the format of `tables.json`.
    """
    try:
        return _schema(entry)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        name = entry.get("db_id")
        raise DataError(
            f"the entry {name!r} is not in the format of Spider's tables.json: {error!r}; correct it"
        ) from error


def merge_names(schema: Schema, names: Schema) -> Schema:
    """`schema` with the natural names of `names`, if table and column names match, ignoring letter
    case.

    Names, types, keys and descriptions of `schema` are unchanged.
    """
    tables = tuple(_add_names(table, names.table(table.name)) for table in schema.tables)
    return replace(schema, tables=tables)


def entry_of_schema(schema: Schema) -> dict[str, Any]:
    """What Spider's evaluators read of an entry, made from a schema: names and foreign keys.

    >>> people = Table("people", (Column("id"), Column("boss")))
    >>> key = ForeignKey("people", ("boss",), "people", ("id",))
    >>> entry_of_schema(Schema("firm", (people,), (key,)))["foreign_keys"]
    [[2, 1]]
    """
    columns: list[tuple[int, str]] = [(-1, "*")]
    places: dict[tuple[str, str], int] = {}
    for number, table in enumerate(schema.tables):
        for column in table.columns:
            places[table.name.lower(), column.name.lower()] = len(columns)
            columns.append((number, column.name))
    pairs = [
        [places.get((key.table.lower(), own.lower())), places.get((key.ref_table.lower(), other.lower()))]
        for key in schema.foreign_keys
        for own, other in zip(key.columns, key.ref_columns, strict=False)
    ]
    return {
        "db_id": schema.db_id,
        "table_names_original": [table.name for table in schema.tables],
        "column_names_original": [list(column) for column in columns],
        "foreign_keys": [pair for pair in pairs if None not in pair],
    }


def _add_names(table: Table, source: Table | None) -> Table:
    if source is None:
        return table
    words = {column.name.lower(): column.natural_name for column in source.columns}
    columns = tuple(
        column._replace(natural_name=column.natural_name or words.get(column.name.lower(), ""))
        for column in table.columns
    )
    return table._replace(columns=columns, natural_name=table.natural_name or source.natural_name)


def _schema(entry: dict[str, Any]) -> Schema:
    originals: list[tuple[int, str]] = [(int(t), str(c)) for t, c in entry["column_names_original"]]
    table_names = [str(name) for name in entry["table_names_original"]]
    columns: list[list[Column]] = [[] for _ in table_names]
    for number, (table, name) in enumerate(originals):
        if table >= 0:
            columns[table].append(Column(name, str(entry["column_types"][number]), _clean(entry, number)))
    keys = _primary_keys(entry["primary_keys"], originals, len(table_names))
    words = entry.get("table_names", [])
    if len(words) != len(table_names):
        words = [""] * len(table_names)
    return Schema(
        db_id=entry["db_id"],
        tables=tuple(
            Table(name, tuple(columns[i]), keys[i], natural_name=str(words[i]))
            for i, name in enumerate(table_names)
            if not name.startswith("sqlite_")
        ),
        foreign_keys=tuple(
            ForeignKey(
                table_names[originals[a][0]],
                (originals[a][1],),
                table_names[originals[b][0]],
                (originals[b][1],),
            )
            for a, b in entry["foreign_keys"]
        ),
    )


def _clean(entry: dict[str, Any], number: int) -> str:
    """The column's name in words; empty if the file's two lists have different lengths."""
    clean, originals = entry.get("column_names", []), entry["column_names_original"]
    if len(clean) != len(originals) or any(a[0] != b[0] for a, b in zip(clean, originals, strict=True)):
        return ""
    return str(clean[number][1])


def _primary_keys(
    keys: list[int | list[int]], originals: list[tuple[int, str]], tables: int
) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()] * tables
    for key in keys:
        numbers = key if isinstance(key, list) else [key]
        table = originals[numbers[0]][0]
        found[table] += tuple(originals[number][1] for number in numbers)
    return found
