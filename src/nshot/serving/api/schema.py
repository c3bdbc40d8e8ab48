"""`GET /api/schema/{db}`: tables, columns, keys and sample values, for people."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from nshot.databases import bind, read_samples, schema_fingerprint
from nshot.errors import NshotError
from nshot.serving.cells import to_json
from nshot.serving.service import Service
from nshot.types import Schema, Table

SAMPLES = 3
"""Different values shown of a column."""
LOOKED_AT = 50
"""Rows of a table from whose beginning they are taken."""
LONGEST = 80
"""Characters of a sample."""
SECONDS = 2.0
"""For the samples of one table."""


class Schemas:
    """Schemas as JSON, kept as long as the database is the same."""

    def __init__(self, service: Service) -> None:
        """
        Args:
            service: Its databases are described.
        """
        self._service, self._lock = service, threading.Lock()
        self._kept: dict[str, tuple[Any, dict[str, Any]]] = {}

    def describe(self, db_id: str) -> dict[str, Any]:
        """The schema of a database that is served; blocks while samples are read.

        Raises:
            NshotError: The database cannot be read.
        """
        catalog = self._service.catalog
        catalog.refresh(db_id)
        schema, source = catalog.schema(db_id), catalog.path(db_id)
        state = (schema, None if source is None else bind(source).state())
        with self._lock:
            kept = self._kept.get(db_id)
        if kept is None or kept[0] != state:
            kept = (state, schema_record(schema, source))
            with self._lock:
                self._kept[db_id] = kept
        return kept[1]


def schema_record(schema: Schema, source: str | Path | None) -> dict[str, Any]:
    """A schema as JSON, with sample values where there is a database to read them from."""
    return {
        "db_id": schema.db_id,
        "dialect": schema.dialect,
        "fingerprint": schema_fingerprint(schema),
        "tables": [_table_record(table, schema, source) for table in schema.tables],
        "foreign_keys": [key._asdict() for key in schema.foreign_keys],
        "left_out": [one._asdict() for one in schema.left_out],
    }


def _table_record(table: Table, schema: Schema, source: str | Path | None) -> dict[str, Any]:
    samples = {} if source is None else _samples(table, schema, source)
    return {
        "name": table.name,
        "description": table.description or _words(table.natural_name, table.name),
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "description": column.description or _words(column.natural_name, column.name),
                "primary_key": column.name in table.primary_key,
                "samples": samples.get(column.name, []),
            }
            for column in table.columns
        ],
    }


def _words(natural_name: str, name: str) -> str:
    """The name in words, where that says more than the name."""
    return natural_name if natural_name.lower() != name.lower().replace("_", " ") else ""


def _samples(table: Table, schema: Schema, source: str | Path) -> dict[str, list[str]]:
    """Some different values of each column, as text; none of a table that cannot be read."""
    try:
        rows = read_samples(
            source, table, schema.dialect, rows=LOOKED_AT, length=LONGEST + 1, seconds=SECONDS
        )
    except NshotError:
        return {}
    found: dict[str, list[str]] = {}
    for at, column in enumerate(table.columns):
        values = dict.fromkeys(_short(row[at]) for row in rows.rows if row[at] is not None)
        found[column.name] = list(values)[:SAMPLES]
    return found


def _short(value: Any) -> str:
    cell = to_json(value)
    text = "(bytes)" if isinstance(cell, dict) else str(cell)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
