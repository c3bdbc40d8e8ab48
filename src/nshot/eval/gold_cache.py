"""A disk cache of the results of gold SQL.

There is one file for each database content and way of reading text; a damaged file is rebuilt.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nshot.artifacts import cache_folder, parse_json, write_bytes
from nshot.databases import Source, bind, load_plain
from nshot.eval.execution.result import ResultRows

_LAYOUT: Final = "2"
_FRESH: Final = 2.0
"""A file changed less than this many seconds ago may change again with the same time stamp; its
hash is not kept."""
_MAX_ROWS: Final = 100_000


class GoldCache:
    """Results by database file and executed text."""

    def __init__(self, text_errors: str, folder: Path | None = None) -> None:
        """
        Args:
            text_errors: How text that is not UTF-8 is decoded; each way has its own results.
            folder: Default: `eval` in nshot's cache folder.
        """
        self._folder = folder or cache_folder() / "eval"
        self._way = f"{_LAYOUT} {sqlite3.sqlite_version} {text_errors}"
        self._hashes = _read_json(self._folder / "hashes.json")
        self._known: dict[Source, dict[str, ResultRows]] = {}

    def get(self, file: Source, sql: str) -> ResultRows | None:
        """The rows; None if they are not in the cache."""
        if file not in self._known:
            place = self._place(file)
            self._known[file] = {} if place is None else _load(place)
        return self._known[file].get(sql)

    def add(self, file: Source, results: Mapping[str, ResultRows]) -> None:
        """Add results of one database file to those already kept.

        A result that may differ from run to run, because of the SQL or of a view, is not kept. If
        the cache folder cannot be written, nothing is raised, because the cache only saves time.
        """
        place = self._place(file)
        if place is None:
            return
        database = bind(file)
        kept = {
            sql: rows for sql, rows in results.items() if len(rows) <= _MAX_ROWS and database.is_stable(sql)
        }
        if not kept:
            return
        with contextlib.suppress(OSError):
            body = pickle.dumps({**_load(place), **kept}, protocol=pickle.HIGHEST_PROTOCOL)
            _write(place, hashlib.sha256(body).digest() + body)

    def save_hashes(self) -> None:
        """Write the hashes of the database files used so far."""
        with contextlib.suppress(OSError):
            _write(self._folder / "hashes.json", json.dumps(self._hashes).encode())

    def _place(self, file: Source) -> Path | None:
        """The file with the results of this database content; None if the content cannot be
        hashed."""
        content = self._content(file)
        if content is None:
            return None
        key = hashlib.sha256(f"{self._way} {content}".encode()).hexdigest()
        return self._folder / f"gold-{key[:32]}"

    def _content(self, file: Source) -> str | None:
        """The hash of the database's content; it is computed again only if the size or the time
        changed.
        """
        database = bind(file)
        found = database.state()
        if found is None:
            return None
        name = str(Path(file).resolve()) if isinstance(file, Path) else file
        entry = self._hashes.get(name)
        if isinstance(entry, list) and len(entry) == 3 and entry[:2] == [*found]:
            return str(entry[2])
        content = database.content()
        if content is not None and time.time() - found.modified / 1e9 > _FRESH:
            self._hashes[name] = [*found, content]
        return content


def _load(place: Path) -> dict[str, ResultRows]:
    """The results in a file; none if it is missing or damaged."""
    try:
        raw = place.read_bytes()
        if hashlib.sha256(raw[32:]).digest() != raw[:32]:
            return {}
        return dict(load_plain(raw[32:]))
    except (OSError, pickle.UnpicklingError, ValueError, TypeError, EOFError):
        return {}


def _read_json(file: Path) -> dict[str, Any]:
    try:
        value = parse_json(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(place, content)
