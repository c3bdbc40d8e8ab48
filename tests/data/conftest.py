"""Tiny databases and data sets for the tests of the data room."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

MakeDatabase = Callable[[str, str], Path]
Write = Callable[[str, str], Path]

PETS = """
CREATE TABLE Owner (owner_id INTEGER PRIMARY KEY, name TEXT, city TEXT);
CREATE TABLE Pet (pet_id INTEGER PRIMARY KEY, owner_id INT REFERENCES Owner, kind TEXT, "birth year" INT);
INSERT INTO Owner VALUES (1, 'Ann Lee', 'St. Louis'), (2, 'Bob', 'Paris');
INSERT INTO Pet VALUES (1, 1, 'cat', 2019), (2, 2, 'dog', 2020), (3, 2, 'cat', 2021);
"""
TREES = "CREATE TABLE tree (id INTEGER PRIMARY KEY, species TEXT, height REAL);"


@pytest.fixture
def make_database(tmp_path: Path) -> MakeDatabase:
    """A SQLite file at a path below tmp_path, made by a script."""

    def make(path: str, script: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(script)
        return file

    return make


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A text file at a path below tmp_path, line ends kept."""

    def make(path: str, text: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    return make


@pytest.fixture
def pets(make_database: MakeDatabase) -> Path:
    """A database of owners and their pets."""
    return make_database("pets.sqlite", PETS)


@pytest.fixture
def mini_spider(tmp_path: Path, make_database: MakeDatabase, write: Write) -> Path:
    """A data set in Spider's layout: four train rows of pets and trees, two dev rows of pets."""
    make_database("mini/database/pets/pets.sqlite", PETS)
    make_database("mini/database/trees/trees.sqlite", TREES)
    write("mini/train_spider.json", json.dumps(TRAIN))
    write("mini/train_others.json", json.dumps(OTHERS))
    write("mini/dev.json", json.dumps(DEV))
    write("mini/tables.json", json.dumps(TABLES))
    return tmp_path / "mini"


def _row(question: str, query: str, db_id: str) -> dict[str, Any]:
    return {"question": question, "query": query, "db_id": db_id}


TRAIN = [
    _row("How many pets?", "SELECT count(*) FROM Pet", "pets"),
    _row('Whose pet is a "cat",\nor a dog?', 'SELECT name FROM Owner WHERE city = "Paris"', "pets"),
    _row("How many pets?", "SELECT count(*) FROM Pet", "pets"),
]
OTHERS = [_row(" Höchster Baum ?", "SELECT max(heigth) FROM tree", "trees")]
DEV = [
    _row("Which kinds are there?", "SELECT DISTINCT kind FROM Pet", "pets") | {"sql": {"select": []}},
    _row("Who lives in Rome?", "SELECT name FROM Owner WHERE city = 'Rome'", "pets"),
]
TABLES: list[dict[str, Any]] = [
    {
        "db_id": "pets",
        "table_names_original": ["Owner", "Pet"],
        "table_names": ["pet owner", "pet"],
        "column_names_original": [[-1, "*"], [0, "owner_id"], [0, "name"], [0, "city"], [1, "pet_id"]],
        "column_names": [[-1, "*"], [0, "owner id"], [0, "name"], [0, "home town"], [1, "pet id"]],
        "column_types": ["text", "number", "text", "text", "number"],
        "primary_keys": [1, 4],
        "foreign_keys": [],
    }
]
