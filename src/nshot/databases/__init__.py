"""Databases: their schemas, their cell values, and the sandbox that runs SQL on them.

`execute` is the only function of nshot that runs SQL written by a model or a user. It runs it
read-only and within limits; a `Session` does the same for many statements. `read_schema` reads the
schema of a SQLite file or of a SQLAlchemy URL, and `CellValues` finds the values that a question
names. Each kind of database has its own folder behind the protocol in `backend.py`; `bind` finds
the right one.

This package knows nothing of question files, pools, prompts or models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nshot.databases.execute import execute
from nshot.lazy import find_lazily

if TYPE_CHECKING:
    from nshot.databases.backend import FILE_ENDINGS, Source, bind, names_database
    from nshot.databases.cells.samples import read_samples
    from nshot.databases.cells.values import CellValues
    from nshot.databases.data_files import find_data_files, load_data_files
    from nshot.databases.fingerprint import schema_fingerprint
    from nshot.databases.found_keys import content_checks, find_keys
    from nshot.databases.processes.plain import load_plain
    from nshot.databases.schema import read_schema
    from nshot.databases.schema_json import schema_from_json, schema_to_json
    from nshot.databases.session import Session
    from nshot.databases.sqlite.compile import compile_sqlite
    from nshot.databases.sqlite.schema import sqlite_columns

_HOMES = {
    "CellValues": "cells.values",
    "FILE_ENDINGS": "backend",
    "Session": "session",
    "Source": "backend",
    "bind": "backend",
    "compile_sqlite": "sqlite.compile",
    "content_checks": "found_keys",
    "find_data_files": "data_files",
    "find_keys": "found_keys",
    "load_data_files": "data_files",
    "load_plain": "processes.plain",
    "names_database": "backend",
    "read_samples": "cells.samples",
    "read_schema": "schema",
    "schema_fingerprint": "fingerprint",
    "schema_from_json": "schema_json",
    "schema_to_json": "schema_json",
    "sqlite_columns": "sqlite.schema",
}

__all__ = [
    "FILE_ENDINGS",
    "CellValues",
    "Session",
    "Source",
    "bind",
    "compile_sqlite",
    "content_checks",
    "execute",
    "find_data_files",
    "find_keys",
    "load_data_files",
    "load_plain",
    "names_database",
    "read_samples",
    "read_schema",
    "schema_fingerprint",
    "schema_from_json",
    "schema_to_json",
    "sqlite_columns",
]

__getattr__ = find_lazily(__name__, _HOMES)
