"""What is read from a SQLite file and from tables.json."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.eval.spider.conftest import FIXTURES

from nshot.errors import DatabaseNotFoundError, DataError
from nshot.eval.spider import SpiderSchema, foreign_key_classes


def entry(pairs: list[tuple[int, int]]) -> dict[str, Any]:
    """A table of 20 columns behind the star."""
    columns = [[-1, "*"], *([0, f"C{index}"] for index in range(1, 20))]
    return {"table_names_original": ["T"], "column_names_original": columns, "foreign_keys": pairs}


@pytest.mark.parametrize(
    ("pairs", "classes"),
    [
        ([(13, 6), (12, 6)], {6: 6, 12: 6, 13: 6}),
        ([(5, 3), (9, 7), (5, 9)], {3: 3, 5: 3, 9: 7, 7: 7}),
        ([(4, 2), (2, 1)], {4: 1, 2: 1, 1: 1}),
        ([], {}),
    ],
)
def test_classes_are_made_in_file_order_and_never_merged(
    pairs: list[tuple[int, int]], classes: dict[int, int]
) -> None:
    expected = {("t", f"c{column}"): ("t", f"c{target}") for column, target in classes.items()}
    assert foreign_key_classes(entry(pairs)) == expected


def test_tables_and_columns_are_lower_case_and_views_are_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "concert_singer.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FIXTURES / "concert_singer.sql").read_text(encoding="utf-8"))
    schema = SpiderSchema.read(path)
    assert list(schema.tables) == ["stadium", "singer", "concert", "singer_in_concert"]
    assert schema.tables["singer_in_concert"] == ("concert_id", "singer_id")
    assert schema.columns["singer"]["song_name"] == ("singer", "song_name")


def test_the_table_of_sequences_counts(tmp_path: Path) -> None:
    path = tmp_path / "numbered.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE "It\'s" (Id INTEGER PRIMARY KEY AUTOINCREMENT)')
    assert SpiderSchema.read(path).tables == {"it's": ("id",), "sqlite_sequence": ("name", "seq")}


def test_a_virtual_table_whose_module_is_not_loaded_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "parks.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE park (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "INSERT INTO sqlite_master VALUES"
            " ('table', 'Odd', 'Odd', 0, 'CREATE VIRTUAL TABLE Odd USING gone()')"
        )
        connection.commit()
    assert SpiderSchema.read(path).tables == {"park": ("id", "name")}


def test_a_missing_or_foreign_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotFoundError):
        SpiderSchema.read(tmp_path / "none.sqlite")
    (tmp_path / "text.sqlite").write_text("no database")
    with pytest.raises(DataError):
        SpiderSchema.read(tmp_path / "text.sqlite")
