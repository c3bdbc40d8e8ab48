"""Which databases are served, and which one is asked by requests that name none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nshot.data import Catalog
from nshot.databases import find_data_files, names_database
from nshot.errors import DataError
from nshot.pairs import default_journal
from nshot.pipeline import DatabaseConfig

SAMPLE_DEFAULT = "coffee_roastery"
"""Of the sample: the database of the README."""


class Served(NamedTuple):
    """The databases of a server."""

    catalog: Catalog
    ids: list[str]
    default: str | None
    """None: requests must name one."""
    journal: Path
    """Where pairs of these databases are kept, if no file is named."""


def choose_databases(config: DatabaseConfig, db: str | None, note: Callable[[str], None]) -> Served:
    """The databases that a server offers.

    Args:
        config: Where databases are.
        db: A file, a URL or a db_id; None: the only one there is, or none.
        note: Is told what of a database cannot be read.

    Raises:
        DataError: The database is not there, or none is.
    """
    catalog = config.catalog(note)
    if db is None:
        ids = catalog.ids()
        if not ids:
            raise DataError("there is no database to serve; name one with `db`")
        default = ids[0] if len(ids) == 1 else None
        folder = config.databases or config.tables
        default = default if config.is_given else SAMPLE_DEFAULT
        return Served(catalog, ids, default, default_journal(folder))
    database = catalog.include(db)
    alone = bool(names_database(db) or find_data_files(db)) and not config.is_given
    ids = [database.db_id] if alone else catalog.ids()
    source = database.source if alone else config.databases or config.tables
    return Served(catalog, ids, database.db_id, default_journal(source))
