"""Fingerprints of databases: a run that is resumed must find them as they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nshot.databases import bind, schema_to_json
from nshot.errors import DataError

if TYPE_CHECKING:
    from nshot.data import Catalog


def fingerprint_databases(catalog: Catalog, db_ids: Iterable[str]) -> dict[str, str]:
    """By db_id: a hash of the schema, and of the content or what a server counts of it.

    A database that cannot be read has none: its questions fail by themselves.
    """
    found = {}
    for db_id in sorted(set(db_ids)):
        try:
            found[db_id] = _fingerprint(catalog, db_id)
        except (DataError, OSError):
            continue
    return found


def list_changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The db_ids that have another fingerprint now."""
    return [db_id for db_id in sorted(before.keys() & now.keys()) if before[db_id] != now[db_id]]


def _fingerprint(catalog: Catalog, db_id: str) -> str:
    source = catalog.path(db_id)
    content = None if source is None else bind(source).version()
    if content is None and isinstance(source, Path):
        content = "".join(_hash(file) for file in (source, source.with_name(f"{source.name}-wal")))
    whole = [schema_to_json(catalog.schema(db_id)), content]
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _hash(file: Path) -> str:
    """Of a file beside a write-ahead log, and of the log: together they are the content."""
    if not file.is_file():
        return ""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
