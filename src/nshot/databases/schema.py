"""The schema of a database, whatever kind it is."""

from __future__ import annotations

from nshot.databases.backend import Source, bind
from nshot.types import Schema


def read_schema(source: Source, db_id: str | None = None) -> Schema:
    """The schema of a database file or of the database behind a URL.

    Args:
        source: a path, or a URL such as `postgresql://user@host/name`; `sqlite:///file` is read as the file.
        db_id: the schema's name; the file's stem or the database's name where it is None.

    Raises:
        DataError: the database is missing, unreachable or no database.
        OptionError: the URL does not have the form of its kind.
    """
    return bind(source).schema(db_id)
