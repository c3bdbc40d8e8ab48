"""Predictions of published systems with the official programs' verdicts, where the machine has
them.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest


class PublishedSystem(NamedTuple):
    """What a system answered on Spider dev, row by row, and how the official programs judged it."""

    name: str
    gold: tuple[tuple[str, str], ...]
    """SQL and database of each row; not every system was measured on the same gold file."""
    predicted: tuple[str, ...]
    verdicts: tuple[dict[str, Any], ...]


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _system(folder: Path) -> PublishedSystem:
    gold = tuple(tuple(line.split("\t")) for line in _lines(folder / "gold.txt"))
    predicted = tuple(line.split("\t")[0] for line in _lines(folder / "pred.txt"))
    verdicts = json.loads((folder / "verdicts.json").read_text(encoding="utf-8"))["examples"]
    assert len(gold) == len(predicted) == len(verdicts)
    return PublishedSystem(
        folder.name, tuple((sql, db_id) for sql, db_id in gold), predicted, tuple(verdicts)
    )


@pytest.fixture(scope="session")
def predictions(spider: Path) -> tuple[PublishedSystem, ...]:
    """All systems beside the Spider folder; the test is skipped, visibly, where there are none."""
    root = spider.resolve().parent / "predictions"
    folders = sorted(file.parent for file in root.glob("*/verdicts.json"))
    if not folders:
        pytest.skip(f"no predictions with verdicts at {root}")
    return tuple(_system(folder) for folder in folders)


def make_shop(file: Path, extra: tuple[tuple[Any, ...], ...] = ()) -> Path:
    """A small database with ties, duplicates, NULL and text that is not UTF-8."""
    file.parent.mkdir(parents=True, exist_ok=True)
    items = (
        (1, "cup", 2.5, "kitchen"),
        (2, "plate", 4.0, "kitchen"),
        (3, "fork", None, "kitchen"),
        (4, "lamp", 30.1, "office"),
        (5, "cup", 4.0, "office"),
        *extra,
    )
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price REAL, room TEXT)")
        connection.execute("CREATE TABLE note (id INTEGER, body TEXT)")
        connection.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", items)
        connection.execute("INSERT INTO note VALUES (1, CAST(x'61ff62' AS TEXT))")
        connection.commit()
    return file


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of databases that holds `shop` with one file."""
    make_shop(tmp_path / "databases" / "shop" / "shop.sqlite")
    return tmp_path / "databases"


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("NSHOT_CACHE", str(folder))
    return folder
