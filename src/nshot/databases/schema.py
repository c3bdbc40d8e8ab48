"""One door to the schema of a database, whether it is a file or a URL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from nshot.types import Schema


def is_url(source: str | Path) -> bool:
    """True for a SQLAlchemy URL, false for a path.

    >>> is_url("postgresql://host/shop"), is_url("shop.sqlite"), is_url("C:/shop.sqlite")
    (True, False, False)
    """
    return isinstance(source, str) and "://" in source


def sqlite_path(url: str) -> Path | None:
    """The file behind a `sqlite:///` URL; None for every other URL.

    >>> str(sqlite_path("sqlite:///shop.sqlite")), sqlite_path("postgresql://host/shop")
    ('shop.sqlite', None)
    """
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] != "sqlite" or not rest.startswith("/"):
        return None
    return Path(unquote(rest[1:].partition("?")[0]))


def read_schema(source: str | Path, db_id: str | None = None) -> Schema:
    """The schema of a SQLite file or of the database behind a SQLAlchemy URL.

    Args:
        source: a path, or a URL such as `postgresql://user@host/name`; `sqlite:///file` is read as the file.
        db_id: the schema's name; the file's stem or the database's name where it is None.

    Raises:
        DataError: the database is missing, unreachable or no database.
    """
    from nshot.databases.sqlite.schema import sqlite_schema

    if isinstance(source, str) and is_url(source):
        path = sqlite_path(source)
        if path is None:
            from nshot.databases.reflection import reflect

            return reflect(source, db_id)
        source = path
    return sqlite_schema(source, db_id)
