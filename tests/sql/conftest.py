"""Fixtures of the SQL room: the fixture files, a small database, real Spider's gold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

_FOLDER = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def groups() -> Callable[[str], list[list[str]]]:
    """Reads a fixture file: groups of lines between blank lines, `--` lines left out."""

    def read(name: str) -> list[list[str]]:
        found: list[list[str]] = [[]]
        for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
            if not line.strip():
                found.append([])
            elif not line.startswith("--"):
                found[-1].append(line)
        return [group for group in found if group]

    return read


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A small SQLite file in a folder of its own."""
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        connection.executemany(
            "INSERT INTO item VALUES (?, ?, ?)", [(1, "cup", 2.5), (2, "plate", 4.0), (3, "fork", None)]
        )
        connection.commit()
    return path


@pytest.fixture(scope="session")
def gold(spider: Path) -> dict[str, list[tuple[str, str]]]:
    """Spider's gold queries with their db_id, by file: train_spider, train_others, dev."""
    names = ("train_spider", "train_others", "dev")
    return {
        name: [(row["query"], row["db_id"]) for row in json.loads((spider / f"{name}.json").read_text())]
        for name in names
    }
