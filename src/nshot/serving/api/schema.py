"""`GET /api/schema/{db}`: tables, columns, keys and sample values, for people."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nshot.databases import Session, bind, read_samples, schema_fingerprint
from nshot.errors import DatabaseNotFoundError, DataError, NshotError, SqlError
from nshot.serving.cells import to_json
from nshot.serving.service import Service
from nshot.types import LeftOut, Schema, Table

SAMPLES = 3
"""Different values shown of a column."""
LOOKED_AT = 50
"""Rows of a table from whose beginning they are taken."""
LONGEST = 80
"""Characters of a sample."""
SECONDS = 2.0
"""For the samples of one table."""
ALL_SECONDS = 20.0
"""For the samples of all tables."""


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
        source = catalog.path(db_id)
        try:
            catalog.refresh(db_id)
            schema = catalog.schema(db_id)
            state = (schema, None if source is None else bind(source).state())
        except OSError as error:
            told = f"no database file at {source}; put it back, or stop serving it"
            raise DatabaseNotFoundError(told) from error
        with self._lock:
            kept = self._kept.get(db_id)
        if kept is None or kept[0] != state:
            kept = (state, schema_record(schema, source))
            with self._lock:
                self._kept[db_id] = kept
        return kept[1]


def schema_record(schema: Schema, source: str | Path | None) -> dict[str, Any]:
    """A schema as JSON, with sample values where there is a database to read them from.

    `left_out` names what the schema lacks, and the tables whose rows cannot be read.
    """
    left_out = list(schema.left_out)
    with Session(timeout=SECONDS) as session:
        samples = _Samples(session, source, schema.dialect, left_out)
        tables = [_table_record(table, samples.read(table)) for table in schema.tables]
    return {
        "db_id": schema.db_id,
        "dialect": schema.dialect,
        "fingerprint": schema_fingerprint(schema),
        "tables": tables,
        "foreign_keys": [key._asdict() for key in schema.foreign_keys],
        "left_out": [one._asdict() for one in left_out],
    }


def _table_record(table: Table, samples: dict[str, list[str]]) -> dict[str, Any]:
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


class _Samples:
    """Reads samples of one table after another; adds what cannot be read to `left_out`."""

    def __init__(
        self, session: Session, source: str | Path | None, dialect: str, left_out: list[LeftOut]
    ) -> None:
        self._session, self._source, self._dialect = session, source, dialect
        self._left_out, self._deadline = left_out, time.monotonic() + ALL_SECONDS

    def read(self, table: Table) -> dict[str, list[str]]:
        """Some different values of each column, as text; none of a table that cannot be read."""
        if self._source is None:
            return {}
        if time.monotonic() > self._deadline:
            self._left_out.append(LeftOut(table.name, f"no samples: those before took {ALL_SECONDS:g} s"))
            self._source = None  # named once, for the tables after it, too
            return {}
        try:
            found = read_samples(
                self._session, self._source, table, self._dialect, rows=LOOKED_AT, length=LONGEST + 1
            )
        except (SqlError, DataError) as error:
            self._left_out.append(LeftOut(table.name, str(error)))
            return {}
        except NshotError:  # of such a database, only the schema can be read
            return {}
        columns = zip(table.columns, zip(*found.rows, strict=True), strict=False)
        return {column.name: _different(values) for column, values in columns}


def _different(values: Iterable[Any]) -> list[str]:
    return list(dict.fromkeys(_short(value) for value in values if value is not None))[:SAMPLES]


def _short(value: Any) -> str:
    cell = to_json(value)
    text = "(bytes)" if isinstance(cell, dict) else str(cell)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
