"""A tiny shop that pairs are verified on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.pairs import PairBook

RunScript = Callable[[str], None]
SHOP = """
CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT, price REAL);
INSERT INTO product VALUES (1, 'lamp', 30), (2, 'desk', 180), (3, 'top secret', 7);
"""


@pytest.fixture
def run_script(tmp_path: Path) -> RunScript:
    """Runs statements on the shop's file."""

    def run(script: str) -> None:
        with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
            connection.executescript(script)

    return run


@pytest.fixture
def catalog(tmp_path: Path, run_script: RunScript) -> Catalog:
    """A catalog of the shop."""
    run_script(SHOP)
    return Catalog(tmp_path)


@pytest.fixture
def journal_file(tmp_path: Path) -> Path:
    """Where the journal is; not there yet."""
    return tmp_path / "kept" / "pairs.jsonl"


@pytest.fixture
def book(catalog: Catalog, journal_file: Path) -> PairBook:
    """The book of the shop, empty."""
    return PairBook(journal_file, catalog)
