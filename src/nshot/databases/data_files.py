"""Tables in files (CSV, Parquet, JSON), or a folder of them, as a SQLite database.

The files are read with DuckDB, which finds out delimiters, headers and types. The rows are written
to a SQLite file in the cache, so that SQL runs in the same sandbox as on any database. The file is
made again when one of the others changes.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from nshot.artifacts import cache_folder, read_text, replacing, write_text
from nshot.databases.csv_files import READ_CSV, as_utf8, read_table
from nshot.errors import DataError, MissingExtraError
from nshot.sql import quote_name

READERS: Final = {
    ".csv": READ_CSV,
    ".tsv": READ_CSV,
    ".parquet": "read_parquet",
    ".json": "read_json",
    ".jsonl": "read_json",
    ".ndjson": "read_json",
}
"""DuckDB's function for each ending of a file."""
_DATABASES: Final = (".sqlite", ".sqlite3", ".db")
_TYPES: Final = {
    "BOOLEAN": "boolean",
    "TINYINT": "integer",
    "SMALLINT": "integer",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "UTINYINT": "integer",
    "USMALLINT": "integer",
    "UINTEGER": "integer",
    "FLOAT": "real",
    "DOUBLE": "real",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BLOB": "blob",
}
"""SQLite's declared types by DuckDB's; all others are text."""
_BATCH: Final = 10_000
_FORMAT: Final = 3
_LARGEST: Final = 2**63


def find_data_files(source: Path | str) -> tuple[Path, ...]:
    """The files of tables that a path means: itself, or those in a folder without databases; else
    none.
    """
    place = Path(source)
    if place.is_file():
        return (place,) if place.suffix.lower() in READERS else ()
    if not place.is_dir():
        return ()
    entries = sorted(entry for entry in place.iterdir() if entry.is_file())
    if any(entry.suffix in _DATABASES for entry in entries):
        return ()
    return tuple(entry for entry in entries if entry.suffix.lower() in READERS)


def load_data_files(source: Path | str) -> Path:
    """The SQLite file with the tables of a file, or of a folder of files; made if it is missing or
    old.

    It has the name of the file or folder, and each table that of its file.

    Args:
        source: A path for which `find_data_files` finds files.

    Raises:
        MissingExtraError: DuckDB is not installed.
        DataError: A file cannot be read.
    """
    place, files = Path(source).resolve(), find_data_files(source)
    key = hashlib.sha256(str(place).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    made = cache_folder() / "files" / key / f"{place.stem if place.is_file() else place.name}.sqlite"
    states = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    state, note = json.dumps([_FORMAT, *states]), made.with_suffix(".state")
    if made.is_file() and note.is_file() and note.read_text(encoding="utf-8") == state:
        return made
    made.parent.mkdir(parents=True, exist_ok=True)
    note.unlink(missing_ok=True)
    with replacing(made) as work:
        _write(work, files)
    write_text(note, state)
    return made


def _write(path: Path, files: Sequence[Path]) -> None:
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("DuckDB, which reads files of tables,", "files") from error
    path.unlink(missing_ok=True)
    names: set[str] = set()
    with closing(sqlite3.connect(path)) as connection, closing(duckdb.connect(":memory:")) as reader:
        for file in files:
            if not file.stat().st_size:
                raise DataError(f"{file} is empty; expected a table")
            name, kind = _new_name(file.stem, names), READERS[file.suffix.lower()]
            try:
                with as_utf8(file, kind) as (text, options):
                    _copy(connection, name, read_table(reader, kind, options, text))
            except (duckdb.Error, sqlite3.Error, UnicodeError, OverflowError, ValueError) as error:
                if kind == READ_CSV:
                    read_text(file)  # says so if it is no UTF-8
                reason = " ".join(str(error).split()).partition(" LINE 1:")[0][:300]
                raise DataError(
                    f"{file} cannot be read as a table: {reason}; correct it, or convert it to CSV"
                ) from error
        connection.commit()


def _copy(connection: sqlite3.Connection, name: str, found: Any) -> None:
    """Copies the result of a cursor of DuckDB into a new table."""
    names = _tidy_names([column for column, *_ in found.description])
    kinds = [_TYPES.get(str(kind), _long_type(str(kind))) for _, kind, *_ in found.description]
    declared = [f"{quote_name(column)} {kind}" for column, kind in zip(names, kinds, strict=True)]
    connection.execute(f"CREATE TABLE {quote_name(name)} ({', '.join(declared)})")
    marks = ", ".join("?" * len(declared))
    connection.executemany(
        f"INSERT INTO {quote_name(name)} VALUES ({marks})",  # noqa: S608
        (tuple(map(_value, row)) for row in _rows(found)),
    )


def _tidy_names(names: Sequence[str]) -> list[str]:
    r"""The names on one line each, as prompts show them; spreadsheets break them.

    >>> _tidy_names(["unit\nprice", "town"])
    ['unit price', 'town']
    """
    tidy = [" ".join(name.split()) for name in names]
    return tidy if len({name.lower() for name in tidy}) == len(names) and all(tidy) else list(names)


def _rows(found: Any) -> Iterator[Sequence[Any]]:
    while batch := found.fetchmany(_BATCH):
        yield from batch


def _long_type(kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return "real"
    return "timestamp" if kind.startswith("TIMESTAMP") else "text"


def _value(value: Any) -> Any:
    """The value as SQLite stores it.

    >>> _value(True), _value(datetime.date(2026, 11, 30)), _value(Decimal("1.5")), _value([1, None])
    (1, '2026-11-30', 1.5, '[1, null]')
    """
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return str(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if value is None or isinstance(value, int | float | str | bytes) else str(value)


def _new_name(stem: str, names: set[str]) -> str:
    """The name of a table, numbered if there is one already; adds it to the names."""
    name, number = stem, 2
    while name.lower() in names:
        name, number = f"{stem}_{number}", number + 1
    names.add(name.lower())
    return name
