"""Databases of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from nshot.databases.backend import Source
from nshot.databases.postgres.execute import execute_postgres
from nshot.databases.postgres.role import find_risks, role_statements
from nshot.databases.postgres.schema import postgres_schema, read_version, text_columns
from nshot.databases.server import Server, ServerDatabase
from nshot.types import Column, Table


def bind(source: Source) -> ServerDatabase:
    """The database behind a URL."""
    return ServerDatabase(str(source), POSTGRES)


def _short(name: str, length: int) -> str:
    """The values of at most `length` bytes; NULL for longer ones."""
    return f"CASE WHEN OCTET_LENGTH(CAST({name} AS TEXT)) <= {length} THEN CAST({name} AS TEXT) END"


def _find_texts(url: str) -> Callable[[Table, Column], bool]:
    texts = text_columns(url)
    return lambda table, column: (table.name, column.name) in texts


POSTGRES: Final = Server(
    "postgres", postgres_schema, execute_postgres, read_version, find_risks, role_statements, _short,
    _find_texts,
)  # fmt: skip
