"""Which journal of pairs a command means, opened."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nshot.cli.output.console import say
from nshot.errors import OptionError
from nshot.options import Given

if TYPE_CHECKING:
    from nshot.data import Catalog
    from nshot.pairs import PairBook
    from nshot.pipeline import DatabaseConfig, ExampleConfig, PipelineConfig


class OpenedBook(NamedTuple):
    """A book of pairs with the databases that it is about."""

    book: PairBook
    catalog: Catalog
    db_id: str | None
    """The one database that the command is about; None for all."""

    def only_db_id(self) -> str:
        """The one database.

        Raises:
            OptionError: None is named.
        """
        if self.db_id is None:
            raise OptionError("name the database with --db", option="db")
        return self.db_id


def open_book(journal: Given[ExampleConfig], databases: DatabaseConfig, db: str) -> OpenedBook:
    """The journal that `--pairs` names, else that of the database or of the folder of databases.

    Raises:
        OptionError: `--pairs` names a plain file of pairs.
    """
    from nshot.pairs import PairBook, is_journal

    catalog = databases.catalog(say)
    db_id = catalog.include(db).db_id if db else None
    path = journal.get("pairs") or journal_of(databases, catalog, db)
    if not is_journal(path):
        raise OptionError(
            f"{path} is a plain file of pairs; bring it into a journal: nshot pairs import {path}",
            option="pairs",
        )
    return OpenedBook(PairBook(path, catalog), catalog, db_id)


def journal_of(databases: DatabaseConfig, catalog: Catalog, db: str) -> Path:
    """The journal of a database in the user's data folder.

    By the file or URL that names the database, else by the folder of databases that it is in.
    """
    from nshot.databases import find_data_files, names_database
    from nshot.pairs import default_journal

    if db and (names_database(db) or find_data_files(db)):
        return default_journal(catalog.resolve(db).source)
    return default_journal(databases.databases or databases.tables)


def with_journal(config: PipelineConfig, catalog: Catalog, db: str) -> tuple[PipelineConfig, Path]:
    """The config with the journal of the database, if no pairs are named and the journal is there.

    Returns:
        The config, and the journal that pairs are saved to.
    """
    named = config.examples.pairs
    if named is not None:
        return config, named
    path = journal_of(config.databases, catalog, db)
    if not path.is_file():
        return config, path
    return replace(config, examples=replace(config.examples, pairs=path)), path


def user_name() -> str:
    """The user's name; empty if the system does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
