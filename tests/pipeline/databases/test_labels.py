from __future__ import annotations

import pytest

from nshot.pipeline import add_labels, label_column
from nshot.types import Column, ForeignKey, Rows, Schema, Table

GENRE = Table("genre", (Column("id", "integer"), Column("label", "text")), ("id",))
ARTIST = Table("artist", (Column("id", "integer"), Column("Name", "text"), Column("city", "text")), ("id",))
TRACK = Table(
    "track",
    (
        Column("id", "integer"),
        Column("genre_id", "integer"),
        Column("artist_id", "integer"),
        Column("length", "real"),
    ),
    ("id",),
)
KEYS = (
    ForeignKey("track", ("genre_id",), "genre", ("id",)),
    ForeignKey("track", ("artist_id",), "artist", ()),
)
MUSIC = Schema("music", (GENRE, ARTIST, TRACK), KEYS)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("id", "label"), "label"),
        (("id", "Name", "city"), "Name"),
        (("id", "title", "city"), "title"),
        (("id", "city", "street"), None),
        (("id",), None),
        (("id", "companyName", "contactName", "city"), "companyName"),
        (("id", "thing_name", "description"), "thing_name"),
        (("id", "firstName", "lastName"), None),
        (("id", "maker_name", "thing_name", "city"), "thing_name"),
    ],
)
def test_the_label_column_is_the_one_that_stands_out(columns: tuple[str, ...], expected: str | None) -> None:
    made = tuple(Column(name, "integer" if name == "id" else "text") for name in columns)
    assert label_column(Table("things", made, ("id",))) == expected


def run(sql: str) -> Rows:
    if '"genre"' in sql:
        assert sql == 'SELECT "id", "label" FROM "genre" WHERE "id" IN (1, 2)'
        return Rows(("id", "label"), ((1, "Rock"), (2, "Jazz")))
    return Rows(("id", "Name"), ((7, "Ada"),))


@pytest.mark.parametrize(
    ("sql", "columns", "expected"),
    [
        (
            "SELECT genre_id, count(*) FROM track GROUP BY 1",
            ("genre_id", "n"),
            ("genre_id", "genre_id label", "n"),
        ),
        ("SELECT t.genre_id AS g FROM track AS t", ("g",), ("g", "g label")),
        ("SELECT max(genre_id) FROM track", ("m",), ("m",)),
        ("SELECT genre_id, label FROM track JOIN genre ON genre.id = genre_id", ("genre_id", "label"), None),
        ("SELECT genre_id FROM track UNION SELECT 1", ("genre_id",), None),
        ("SELECT nonsense FROM", ("genre_id",), None),
    ],
)
def test_a_column_of_names_stands_behind_a_bare_key(
    sql: str, columns: tuple[str, ...], expected: tuple[str, ...] | None
) -> None:
    rows = Rows(columns, ((1, "x")[: len(columns)], (2, "y")[: len(columns)]))
    found = add_labels(rows, sql, MUSIC, run)
    assert found.columns == (expected or columns)
    if expected and len(expected) > len(columns):
        assert [row[1] for row in found.rows] == ["Rock", "Jazz"]


def test_all_columns_are_labelled_in_a_result_of_all_columns() -> None:
    rows = Rows(("id", "genre_id", "artist_id", "length"), ((5, 1, 7, 2.5), (6, 2, None, 3.5)))
    found = add_labels(rows, "SELECT * FROM track", MUSIC, run)
    assert found.columns == ("id", "genre_id", "genre_id label", "artist_id", "artist_id Name", "length")
    assert found.rows == ((5, 1, "Rock", 7, "Ada", 2.5), (6, 2, "Jazz", None, None, 3.5))
