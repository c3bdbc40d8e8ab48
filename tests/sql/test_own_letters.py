"""Names beyond ASCII: databases tell letter case and Unicode's forms apart, models do not."""

from __future__ import annotations

import sqlite3
import unicodedata
from contextlib import closing

import pytest

from nshot.prompting.serialize.names import prompt_name
from nshot.sql import exchange_names, read_form, use_own_letters, write_form
from nshot.sql.tokens import scan
from nshot.types import Column, Schema, Table

CAFE = unicodedata.normalize("NFD", "café")
SCHEMA = Schema(
    "okul",
    (
        Table("öğrenci", (Column("id"), Column("adı"), Column("İL"), Column("ILÇE"), Column(CAFE))),
        Table("DERS", (Column("DERS_ID"), Column("BAŞLIK"))),
    ),
)


def test_a_name_of_two_lines_or_with_blanks_around_it_is_meant_by_its_word() -> None:
    schema = Schema("shop", (Table("sales", (Column("unit\nprice"), Column("town"))),))
    assert use_own_letters('SELECT "unit price", "x y" FROM sales', schema) == (
        'SELECT "unit\nprice", "x y" FROM sales'
    )
    park = Schema("park", (Table("park", (Column("name"), Column(" town"))),))
    assert use_own_letters('SELECT name, "town" FROM park WHERE name = "town"', park) == (
        'SELECT name, " town" FROM park WHERE name = "town"'
    )
    assert use_own_letters("SELECT p.town FROM park AS p", park) == 'SELECT p." town" FROM park AS p'
    both = Schema("shop", (Table("sales", (Column("unit\nprice"), Column("unit price"))),))
    assert use_own_letters('SELECT "unit price" FROM sales', both) == 'SELECT "unit price" FROM sales'


@pytest.mark.parametrize(
    ("sql", "own"),
    [
        ("SELECT count(*) FROM Öğrenci", "SELECT count(*) FROM öğrenci"),
        ('SELECT count(*) FROM "ÖĞRENCİ"', "SELECT count(*) FROM öğrenci"),
        ("SELECT ADI, il, ilçe FROM öğrenci", "SELECT adı, İL, ILÇE FROM öğrenci"),
        ("SELECT o.başlık, ders_id FROM ders o", "SELECT o.BAŞLIK, ders_id FROM ders o"),
        ("SELECT café FROM öğrenci", f'SELECT "{CAFE}" FROM öğrenci'),
        ("SELECT `İL`, [adı] FROM öğrenci", "SELECT `İL`, [adı] FROM öğrenci"),
        ('SELECT 1 FROM öğrenci WHERE İL = "BAŞLIK" OR İL = "başlık"', None),  # texts in double quotes
        ("SELECT 'Öğrenci' -- Öğrenci", None),
        ("SELECT count(*) AS Öğrenci FROM öğrenci ORDER BY Öğrenci", None),
        ("SELECT kedi FROM Köpek", None),
    ],
)
def test_names_get_the_letters_that_the_database_has(sql: str, own: str | None) -> None:
    assert use_own_letters(sql, SCHEMA) == (own or sql)
    if own is None:
        return
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in SCHEMA.tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        connection.execute(own)


def test_a_name_that_could_mean_two_stays_as_it_is() -> None:
    two = Schema("d", (Table("Öl", (Column("a"),)), Table("öl", (Column("a"),))))
    assert use_own_letters("SELECT a FROM ÖL", two) == "SELECT a FROM ÖL"
    assert use_own_letters("SELECT a FROM Öl, öl", two) == "SELECT a FROM Öl, öl"


@pytest.mark.parametrize("form", ["tidy", "named", "from-first"])
def test_every_form_is_read_back_with_the_databases_letters(form: str) -> None:
    sql = "SELECT İL, adı FROM öğrenci WHERE ILÇE = 'Iğdır'"
    assert read_form(write_form(sql, form, SCHEMA), SCHEMA) == sql  # type: ignore[arg-type]


def test_tokens_are_as_long_as_what_they_stand_for() -> None:
    sql = "SELECT İLİ , xİ FROM t"
    assert [sql[one.start : one.start + len(one.text)] for one in scan(sql)] == sql.split()
    assert exchange_names("SELECT İL,x FROM t", {"i̇l": "il"}) == "SELECT il,x FROM t"


@pytest.mark.parametrize("name", ["Price\n(EUR)", "Price \r\n (EUR)", "\nPrice (EUR)", "Price\n\n(EUR) "])
def test_a_name_of_several_lines_may_be_written_on_one(name: str) -> None:
    schema = Schema("d", (Table("sale", (Column(name), Column("note"))),))
    shown = prompt_name(name)
    own = f'SELECT "{name}" FROM sale WHERE "note" = "x y"'
    assert use_own_letters(f'SELECT {shown} FROM sale WHERE "note" = "x y"', schema) == own
    assert use_own_letters(own, schema) == own
