"""Find the databases and schemas that db_ids refer to."""

from __future__ import annotations

import difflib
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from nshot.data.shipped import sample_dir
from nshot.data.tables_json import merge_names, read_entries, schema_of_entry
from nshot.databases import (
    FILE_ENDINGS,
    CellValues,
    bind,
    content_checks,
    find_data_files,
    find_keys,
    load_data_files,
    names_database,
    read_schema,
)
from nshot.errors import DatabaseNotFoundError, DataError, FileMissingError
from nshot.types import ForeignKey, LeftOut, Schema

FOLDERS = ("database", "test_database")
TABLES = ("tables.json", "test_tables.json")
"""Read in this order; an entry of the later file, which has corrected names, replaces that of the
earlier.
"""
LOOK_AGAIN = {True: 2.0, False: 60.0}
"""Seconds after which a schema is read again if no size and time tell whether it changed: of a file
(with a write-ahead log), and of a server."""
_NAMED = 5
"""Tables that a note lists at most."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database that can be queried."""

    db_id: str
    source: Path | str | None
    """A file or a URL; None if only the schema is known."""
    schema: Schema


class Catalog:
    """The databases of a folder and the schemas of a tables file, read on demand and cached.
    Thread-safe.
    """

    def __init__(
        self,
        databases: Path | None = None,
        tables: Path | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """
        Args:
            databases: A folder with `<db_id>/<db_id>.sqlite` or `<db_id>.sqlite` (also .sqlite3,
                .db), or a folder in Spider's layout that contains `database/` or `test_database/`;
                its tables files are read too.
            tables: Spider's `tables.json`, or a folder that contains it.
            note: Called once for each database with what could not be read and is left out.

        Raises:
            FileMissingError: One of them does not exist, or `databases` is a file.
        """
        if databases is not None and not Path(databases).is_dir():
            raise FileMissingError("folder of databases", databases, _explain_file(Path(databases)))
        if tables is not None and not Path(tables).exists():
            raise FileMissingError("tables file", tables)
        self._folder = None if databases is None else Path(databases)
        self._tables = None if tables is None else Path(tables)
        self._note = note
        self._warned: set[str] = set()
        self._told: set[tuple[str, tuple[LeftOut, ...]]] = set()
        self._lock = threading.RLock()
        self._included: dict[str, Path | str | None] = {}
        self._files: dict[str, Path] | None = None
        self._entries: Mapping[str, Any] | None = None
        self._schemas: dict[str, Schema] = {}
        self._looked: dict[str, tuple[object, float]] = {}
        self._values: dict[str, CellValues] = {}
        self._values_of: dict[str, tuple[float, str | None]] = {}
        """When the values were read, and of which version."""
        self._found_keys: dict[str, tuple[ForeignKey, ...]] = {}

    @classmethod
    def sample(cls, note: Callable[[str], None] = lambda _: None) -> Catalog:
        """The databases of the sample that ships with the package."""
        return cls(sample_dir(), note=note)

    def ids(self) -> list[str]:
        """Every db_id that has a database or a schema, sorted."""
        return sorted({*self._database_files(), *self._table_entries(), *self._included})

    def knows(self, db_id: str) -> bool:
        """Whether there is a database or a schema of this db_id."""
        return db_id in self._included or self.file(db_id) is not None or db_id in self._table_entries()

    def path(self, db_id: str) -> Path | str | None:
        """The file or the URL of the database; None if only its schema is known, or nothing."""
        return self._included.get(db_id) or self.file(db_id)

    def file(self, db_id: str) -> Path | None:
        """The database's file in the folder; None if there is none."""
        files = self._database_files()
        if db_id in files or db_id.isascii():
            return files.get(db_id)
        # a file system may hold an accent as a character of its own
        name = unicodedata.normalize("NFC", db_id)
        return next((file for one, file in files.items() if unicodedata.normalize("NFC", one) == name), None)

    def include(self, source: str | Path) -> Database:
        """Add the database that `resolve` finds to this catalog, under its db_id.

        Raises:
            DatabaseNotFoundError: As in `resolve`.
            DataError: As in `resolve`.
        """
        database = self.resolve(source)
        with self._lock:
            self._included[database.db_id] = database.source
            self._schemas[database.db_id] = database.schema
            self._values.pop(database.db_id, None)
            self._found_keys.pop(database.db_id, None)
            self._tell(database.db_id, "left out", database.schema.left_out)
            self._warn(database)
        return database

    def schema(self, db_id: str) -> Schema:
        """The schema of the database file with the tables file's natural names; otherwise the
        tables file's.

        Raises:
            DatabaseNotFoundError: Neither has the db_id; the message lists similar names.
            DataError: The file is not a database.
        """
        with self._lock:
            if db_id not in self._schemas:
                file = self.path(db_id)
                entry = self._table_entries().get(db_id)
                if file is None and entry is None:
                    raise DatabaseNotFoundError(self._explain_unknown(db_id))
                self._schemas[db_id] = (
                    self._add_names(read_schema(file, db_id)) if file else schema_of_entry(entry or {})
                )
                self._tell(db_id, "left out", self._schemas[db_id].left_out)
            return self._schemas[db_id]

    def find_schema(self, db_id: str) -> Schema | None:
        """The schema as `schema` gives it; None for an unknown database.

        Raises:
            DataError: The file is not a database.
        """
        try:
            return self.schema(db_id)
        except DatabaseNotFoundError:
            return None

    def refresh(self, db_id: str) -> bool:
        """Read the schema again if its database may have changed; return whether it has changed.

        A file is read if its size or time changed, anything else after some seconds (`LOOK_AGAIN`).
        If the database cannot be read now, the known schema is kept. Values are read again if rows
        were written, at most once in a minute.
        """
        source = self.path(db_id)
        with self._lock:
            known = self._schemas.get(db_id)
            if source is None or known is None or not self._may_have_changed(db_id, source):
                return False
            try:
                found = self._add_names(read_schema(source, db_id))
            except DataError:
                return False
            if found == known:  # with descriptions, which prompts show
                self._forget_old_values(db_id, source)
                return False
            self._schemas[db_id] = found
            self._values.pop(db_id, None)
            self._found_keys.pop(db_id, None)
            self._tell(db_id, "left out", found.left_out)
            return True

    def _forget_old_values(self, db_id: str, source: Path | str) -> None:
        """Drop the values, if rows were written since they were read."""
        read_at, version = self._values_of.get(db_id, (0.0, None))
        if db_id not in self._values or monotonic() - read_at < LOOK_AGAIN[False]:
            return
        now = self._version(source)
        if now is None or now != version:
            self._values.pop(db_id)
        else:
            self._values_of[db_id] = (monotonic(), version)

    def _version(self, source: Path | str) -> str | None:
        database = bind(source)
        try:
            state = database.state()
            return database.version() if state is None else str(state)
        except (OSError, DataError):
            return None

    def _may_have_changed(self, db_id: str, source: Path | str) -> bool:
        try:
            state: object = bind(source).state()
        except (OSError, DataError):
            return False
        seconds = LOOK_AGAIN[isinstance(source, Path)]
        looked = (state, monotonic() // seconds if state is None else 0.0)
        changed = self._looked.get(db_id) != looked
        self._looked[db_id] = looked
        return changed

    def values(self, db_id: str) -> CellValues:
        """The cell values of the database; empty if there is none to read."""
        source = self.path(db_id)
        if source is None:
            return CellValues()
        with self._lock:
            if db_id not in self._values:
                self._values_of[db_id] = (monotonic(), self._version(source))
                self._values[db_id] = CellValues.read(source, self.schema(db_id))
                self._tell(db_id, "values left out", self._values[db_id].left_out)
            return self._values[db_id]

    def left_out(self, db_id: str) -> tuple[LeftOut, ...]:
        """What could not be read of the schema, and of the values if they were read.

        Raises:
            DatabaseNotFoundError, DataError: As in `schema`.
        """
        values = self._values.get(db_id)
        return (*self.schema(db_id).left_out, *(values.left_out if values else ()))

    def found_keys(self, db_id: str) -> tuple[ForeignKey, ...]:
        """Foreign keys that the database does not declare; none where there is no content to look
        at.
        """
        source = self.path(db_id)
        if source is None:
            return ()
        with self._lock:
            if db_id not in self._found_keys:
                schema = self.schema(db_id)
                self._found_keys[db_id] = find_keys(schema, content_checks(source, schema))
            return self._found_keys[db_id]

    def resolve(self, source: str | Path) -> Database:
        """The database of a file, a URL, or a db_id of this catalog.

        A file of a table (CSV, Parquet, JSON) and a folder of such files are read into a database.

        Raises:
            DatabaseNotFoundError: It is none of the three; the message lists similar names.
            DataError: It cannot be read, or has no tables.
        """
        if not self.knows(str(source)) and find_data_files(source):
            source = load_data_files(source)
        elif not self.knows(str(source)) and _is_folder(source):
            raise DatabaseNotFoundError(_explain_folder(Path(source)))
        if names_database(source):
            backend = bind(source)
            schema = self._add_names(backend.schema())
            database, shown = Database(schema.db_id, backend.source, schema), backend.shown
        else:
            shown = str(source)
            database = Database(shown, self.path(shown), self.schema(shown))
        if not database.schema.tables:
            reasons = "; ".join(map(str, database.schema.left_out[:_NAMED]))
            raise DataError(
                f"the database {shown} has no tables" + (f" to read: {reasons}" if reasons else "")
            )
        return database

    def _tell(self, db_id: str, what: str, left_out: tuple[LeftOut, ...]) -> None:
        """Report what is left out of a database; the same list is reported once."""
        if left_out and (db_id, left_out) not in self._told:
            self._told.add((db_id, left_out))
            named = "; ".join(map(str, left_out[:_NAMED])) + ("; ..." if len(left_out) > _NAMED else "")
            self._note(f"note: {db_id}: {what}, as they cannot be read: {named}")

    def _warn(self, database: Database) -> None:
        """Report what the role of a connection may do beyond reading; once for each database."""
        if not isinstance(database.source, str) or database.source in self._warned:
            return
        self._warned.add(database.source)
        try:
            risks = bind(database.source).find_risks()
        except DataError:
            return
        if risks:
            self._note(
                f"note: {database.db_id}: the role {', '.join(risks)}; nshot only reads, but `nshot db role` "
                "prints statements for a role that can do no more"
            )

    def _add_names(self, schema: Schema) -> Schema:
        entry = self._table_entries().get(schema.db_id)
        return schema if entry is None else merge_names(schema, schema_of_entry(entry))

    def _database_files(self) -> Mapping[str, Path]:
        with self._lock:
            if self._files is None:
                self._files = {} if self._folder is None else _find(self._folder)
            return self._files

    def _table_entries(self) -> Mapping[str, Any]:
        with self._lock:
            if self._entries is None:
                places = [place for place in (self._folder, self._tables) if place is not None]
                files = [file for place in places for file in _tables_files(place)]
                self._entries = {
                    db_id: entry for file in files for db_id, entry in read_entries(file).items()
                }
            return self._entries

    def _explain_unknown(self, db_id: str) -> str:
        known = self.ids()
        near = difflib.get_close_matches(db_id, known, n=5, cutoff=0.5)
        where = self._folder or self._tables
        if not known:
            place = where or "no folder of databases was given"
            return f"no database {db_id!r}: {place} holds none; use `databases` DIR"
        named = f"similar names: {', '.join(near)}" if near else f"the first names: {', '.join(known[:5])}"
        found = f"{named} ({len(known)} known)"
        if self._folder == sample_dir():
            cure = "for others give a database file, a URL, or `databases` DIR"
            return f"no database {db_id!r} in the sample; {found}; {cure}"
        return f"no database {db_id!r} in {where}; {found}"


def _explain_file(path: Path) -> str:
    """What to do where a file was given in place of a folder of databases; empty for no file."""
    if not path.is_file():
        return ""
    if path.suffix in FILE_ENDINGS:
        return f"give the folder that holds it: `databases` {path.parent}"
    return "give the folder that holds the databases"


def _is_folder(source: str | Path) -> bool:
    try:
        return Path(source).is_dir()
    except (OSError, ValueError):  # no path at all
        return False


def _explain_folder(folder: Path) -> str:
    found = _find(folder)
    if not found:
        return f"{folder} is a folder without databases and without tables in files (CSV, Parquet, JSON)"
    db_id, file = min(found.items())
    return (
        f"{folder} is a folder of databases ({len(found)}); give one of them, such as {file}, or "
        f"`databases` {folder} `db` {db_id}"
    )


def _find(folder: Path) -> dict[str, Path]:
    roots = [folder / name for name in FOLDERS if (folder / name).is_dir()] or [folder]
    found: dict[str, Path] = {}
    for root in roots:
        for entry in sorted(root.iterdir()):
            names = (
                [entry] if entry.is_file() else [entry / f"{entry.name}{ending}" for ending in FILE_ENDINGS]
            )
            for file in names:
                if file.suffix in FILE_ENDINGS and file.is_file():
                    found.setdefault(file.stem, file)
    return found


def _tables_files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [place / name for name in TABLES if (place / name).is_file()]
