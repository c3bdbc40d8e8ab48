"""Read the schema of a database of any kind."""

from __future__ import annotations

from nshot.databases.backend import Source, bind
from nshot.types import Schema


def read_schema(source: Source, db_id: str | None = None) -> Schema:
    """The schema of a database file or of the database behind a URL.

    Args:
        source: A path, or a URL such as `postgresql://user@host/name`; `sqlite:///file` is read as
            the file.
        db_id: The schema's name; if None, the file's stem or the database's name.

    Raises:
        DataError: The database is missing, unreachable, or not a database.
        OptionError: The URL does not have the form of its kind.
    """
    return bind(source).schema(db_id)
