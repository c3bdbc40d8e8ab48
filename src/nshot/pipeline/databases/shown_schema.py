"""The part of a database that people let a prompt show, with their notes."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nshot.artifacts import parse_toml
from nshot.errors import DataError, FileMissingError, OptionError
from nshot.prompting import PromptConfig
from nshot.types import Schema, Table


def choose_tables(
    schema: Schema, only: Sequence[str] = (), exclude: Sequence[str] = (), *, views: bool = True
) -> Schema:
    """The schema with the chosen tables, and the foreign keys between them.

    Args:
        schema: The whole schema.
        only: Comma-separated names or patterns (`*`, `?`) of the tables to keep, in any letter
            case; empty for all.
        exclude: Those to leave out.
        views: Whether views are kept, too.

    Raises:
        OptionError: No table is left, or a name or pattern of `only` means none.
    """
    wanted, unwanted = _split(only), _split(exclude)
    for pattern in wanted:
        if not any(_matches(table, [pattern]) for table in schema.tables):
            names = [table.name for table in schema.tables]
            cure = _nearest(pattern, names) or f"; choose from {_list_names(names)}"
            raise OptionError(
                f"`only_tables`: {schema.db_id} has no table {pattern!r}{cure}", option="only_tables"
            )
    tables = tuple(
        table
        for table in schema.tables
        if (not wanted or _matches(table, wanted))
        and not _matches(table, unwanted)
        and (views or not table.is_view)
    )
    if not tables:
        raise OptionError(
            "`only_tables`, `exclude_tables` and `views` leave no table of "
            f"{schema.db_id}; leave one of them out",
            option="exclude_tables",
        )
    if len(tables) == len(schema.tables):
        return schema
    left = {table.name.lower() for table in tables}
    keys = tuple(key for key in schema.foreign_keys if {key.table.lower(), key.ref_table.lower()} <= left)
    return Schema(schema.db_id, tables, keys, schema.dialect, schema.left_out)


def read_notes(path: Path) -> dict[str, str]:
    """The notes of a file, by `table` or `table.column` in lower case.

    A table's notes may also be a mapping of its columns, with the key `""` for the table itself. In
    a profile (`nshot.toml`) the notes are its table `notes`.

    Raises:
        FileMissingError: There is no such file.
        DataError: It is no YAML or TOML, or has another form.
    """
    if not path.is_file():
        raise FileMissingError("file of notes", path, "name a YAML or TOML file")
    try:
        text = path.read_text(encoding="utf-8-sig")
        found = _of_profile(parse_toml(text)) if path.suffix == ".toml" else _read_yaml(text)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path} is not a file of notes: {' '.join(str(error).split())[:200]}; correct it"
        ) from error
    notes: dict[str, str] = {}
    for name, value in (found or {}).items() if isinstance(found, Mapping | None) else [("", found)]:
        parts = value.items() if isinstance(value, Mapping) else [("", value)]
        for column, note in parts:
            if not name or not isinstance(note, str):
                raise DataError(
                    f"{path}: expected text for each table or table.column, got {note!r} for {name!r}"
                )
            notes[f"{name}.{column}".rstrip(".").lower()] = " ".join(note.split())
    return notes


def check_shown_schema(schema: Schema, config: PromptConfig) -> list[str]:
    """Names among the chosen tables and notes that mean nothing in this database, each as a
    sentence.

    Raises:
        OptionError: No table is left, or a name or pattern of `only_tables` means none.
        FileMissingError: There is no file of notes.
        DataError: It cannot be read.
    """
    choose_tables(schema, config.only_tables, config.exclude_tables, views=config.views)
    tables = [table.name for table in schema.tables]
    places = [
        *tables,
        *(f"{table.name}.{column.name}" for table in schema.tables for column in table.columns),
    ]
    told = [
        f"`exclude_tables`: {schema.db_id} has no table {pattern!r}{_nearest(pattern, tables)}"
        for pattern in _split(config.exclude_tables)
        if not any(_matches(table, [pattern]) for table in schema.tables)
    ]
    known = {place.lower() for place in places}
    notes = read_notes(config.notes) if config.notes else {}
    return told + [
        f"`notes`: {schema.db_id} has no table or column {name!r}{_nearest(name, places)}"
        for name in notes
        if name not in known
    ]


def _nearest(name: str, known: Sequence[str]) -> str:
    lowered = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), lowered, 1)
    return f"; did you mean {lowered[near[0]]}?" if near else ""


def add_notes(schema: Schema, notes: Mapping[str, str]) -> Schema:
    """The schema with the notes on its tables and columns."""
    tables = tuple(_add(table, notes) for table in schema.tables)
    return Schema(schema.db_id, tables, schema.foreign_keys, schema.dialect, schema.left_out)


def _add(table: Table, notes: Mapping[str, str]) -> Table:
    columns = tuple(
        column._replace(note=notes.get(f"{table.name}.{column.name}".lower(), "")) for column in table.columns
    )
    return table._replace(columns=columns, note=notes.get(table.name.lower(), ""))


def _list_names(names: Sequence[str]) -> str:
    first = ", ".join(names[:5])
    return first if len(names) <= 5 else f"{first} and {len(names) - 5} more"


def _of_profile(found: Mapping[str, Any]) -> Any:
    """The table `notes` of a profile; of a file that has nothing but notes, all of it."""
    inside = found.get("notes")
    others = [value for name, value in found.items() if name != "notes"]
    return (
        inside
        if isinstance(inside, Mapping) and not any(isinstance(one, Mapping) for one in others)
        else found
    )


def _split(patterns: Sequence[str]) -> list[str]:
    return [one.strip() for text in patterns for one in text.split(",") if one.strip()]


def _matches(table: Table, patterns: Sequence[str]) -> bool:
    name = table.name.lower()
    return any(name == one.lower() or fnmatchcase(name, one.lower()) for one in patterns)


def _read_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
