"""The database files on which predictions are executed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from nshot.data import FOLDERS, TABLES, Catalog, entry_of_schema, read_entries
from nshot.databases import Source, read_schema
from nshot.errors import DatabaseNotFoundError, DataError, FileMissingError
from nshot.types import Schema

_SIDE_FILES: Final = ("-journal", "-wal", "-shm")
"""Endings of SQLite's temporary files beside a database."""


_SHOWN: Final = 5
"""Number of names that a remark lists."""


class DatabaseFiles:
    """The files of each db_id: one for plain Spider, several for a test suite.

    They are all files in the folder `<db_id>/` whose name contains `.sqlite`. Without such a folder
    or file, it is the one file that `nshot.data.Catalog` finds for the db_id.
    """

    def __init__(
        self, folder: Path, tables: Path | None = None, sources: Mapping[str, Source] | None = None
    ) -> None:
        """
        Args:
            folder: Contains the folders of the databases, or `database/` or `test_database/` with
                them.
            tables: Spider's `tables.json`. By default, those in `folder` or one level above the
                databases.
            sources: Files or URLs of databases by db_id, which come before those of the folder.

        Raises:
            FileMissingError: The folder or the tables file does not exist.
            DataError: The tables file is not in Spider's format.
        """
        self._catalog = Catalog(folder)
        self.folder = folder
        self._roots = [folder / name for name in FOLDERS if (folder / name).is_dir()] or [folder]
        self.sources = dict(sources or {})
        for source in self.sources.values():
            self._catalog.include(source)
        self._entries = self._read_entries(tables)
        self._found: dict[str, tuple[Source, ...]] = {}
        self._read: dict[str, Mapping[str, Any]] = {}
        """Entries made from databases that no tables file knows."""
        self.passed_over: list[Path] = []
        """SQLite's temporary files found beside the databases that were used."""

    def files(self, db_id: str) -> tuple[Source, ...]:
        """The database files of a db_id, sorted by name, or its URL; at least one.

        Raises:
            DatabaseNotFoundError: There is none.
        """
        if db_id in self.sources:
            self._found[db_id] = (self.sources[db_id],)
        if db_id not in self._found:
            found: tuple[Source, ...] = self._in_folder(db_id)
            if not found:
                file = self._catalog.file(db_id)
                if file is None:
                    raise DatabaseNotFoundError(
                        f"no database {db_id!r} in {self.folder}; check `databases`, which may be "
                        "the folder of another data set"
                    )
                found = (file,)
            self._found[db_id] = found
        return self._found[db_id]

    def main_file(self, db_id: str) -> Source:
        """The file that defines the schema of the db_id: `<db_id>.sqlite`, or else the first
        file."""
        files = self.files(db_id)
        return next((file for file in files if Path(file).stem == db_id), files[0])

    def entry(self, db_id: str) -> Mapping[str, Any]:
        """The db_id's entry in the tables file; if there is none, one that is read from its
        database.
        """
        if (db_id not in self._entries or db_id in self.sources) and db_id not in self._read:
            try:
                self._read[db_id] = entry_of_schema(read_schema(self.main_file(db_id), db_id))
            except DataError:
                self._read[db_id] = {}
        return (self._entries if db_id not in self.sources else {}).get(db_id) or self._read[db_id]

    def schemas(self, db_ids: Iterable[str]) -> dict[str, Schema]:
        """The schemas of databases by db_id, without those that cannot be read."""
        found: dict[str, Schema] = {}
        for db_id in dict.fromkeys(db_ids):
            with contextlib.suppress(DataError):
                found[db_id] = self._catalog.schema(db_id)
        return found

    def record(self) -> dict[str, Any]:
        """The databases that were used, for JSON."""
        return {
            "folder": str(self.folder),
            "db_ids": len(self._found),
            "files": sum(map(len, self._found.values())),
            "most_files": max(map(len, self._found.values()), default=0),
            "without_tables_entry": self._without_entry(),
        }

    def __str__(self) -> str:
        """The databases that were used, for a table."""
        found = self.record()
        which = f"{found['files']} files for {found['db_ids']} db_ids in {self.folder}"
        if found["most_files"] > 1:
            return f"test suite, {which}; all files of a db_id must agree"
        return f"one database each, {which}"

    def remarks(self) -> list[str]:
        """Remarks on the databases used so far: missing entries in the tables file, temporary
        files.
        """
        missing = self._without_entry()
        lines = []
        if missing:
            names = ", ".join(missing[:_SHOWN]) + (" ..." if len(missing) > _SHOWN else "")
            lines.append(
                f"no tables file knows {len(missing)} of {len(self._found)} db_ids ({names}): exact match "
                "takes their foreign keys from the databases"
            )
        if self.passed_over:
            lines.append(
                f"{len(self.passed_over)} temporary files of SQLite beside databases are ignored, such as "
                f"{self.passed_over[0]}"
            )
        return lines

    def _without_entry(self) -> list[str]:
        """The db_ids used so far that are not in a tables file."""
        return sorted(db_id for db_id in self._found if db_id not in self._entries)

    def _in_folder(self, db_id: str) -> tuple[Path, ...]:
        if db_id in ("", "..") or Path(db_id).name != db_id:
            return ()
        for root in self._roots:
            if not (root / db_id).is_dir():
                continue
            files = sorted(file for file in (root / db_id).iterdir() if ".sqlite" in file.name)
            beside = [file for file in files if file.name.endswith(_SIDE_FILES)]
            self.passed_over += beside
            if real := tuple(file for file in files if file not in beside and file.is_file()):
                return real
        return ()

    def _read_entries(self, tables: Path | None) -> dict[str, dict[str, Any]]:
        if tables is not None and not tables.is_dir():
            return read_entries(tables)
        if tables is not None:
            places = [tables]
        else:
            above = [self.folder.parent] if self.folder.name in FOLDERS else []
            places = [self.folder, *self._roots, *above]
        files = [place / name for place in dict.fromkeys(places) for name in TABLES]
        if tables is not None and not any(file.is_file() for file in files):
            raise FileMissingError("tables file", tables / TABLES[0])
        return {
            db_id: entry for file in files if file.is_file() for db_id, entry in read_entries(file).items()
        }
