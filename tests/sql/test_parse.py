from __future__ import annotations

import pytest
from sqlglot import exp

from nshot.errors import OptionError, SqlParseError
from nshot.sql import parse
from nshot.types import Column, Schema, Table

SINGER = Schema("music", (Table("singer", (Column("name"), Column("France"), Column("Song Name"))),))


def literals(tree: exp.Expression) -> list[str]:
    return sorted(node.name for node in tree.find_all(exp.Literal) if node.is_string)


@pytest.mark.parametrize(
    ("sql", "strings"),
    [
        ('SELECT name FROM singer WHERE country = "France"', ["France"]),
        ('SELECT name FROM singer WHERE country LIKE "%an%"', ["%an%"]),
        ('SELECT name FROM singer WHERE country IN ("a", "b")', ["a", "b"]),
        ('SELECT name FROM singer WHERE country BETWEEN "a" AND "b"', ["a", "b"]),
        ('SELECT name FROM singer WHERE country = "O\'Neil ""x"""', ['O\'Neil "x"']),
        ('SELECT "Song Name" FROM singer', []),
        ('SELECT name FROM singer AS "s" WHERE "s"."name" = T1."name"', []),
    ],
)
def test_without_a_schema_the_place_tells_strings_from_names(sql: str, strings: list[str]) -> None:
    assert literals(parse(sql)) == strings


@pytest.mark.parametrize(
    ("sql", "strings"),
    [
        ('SELECT name FROM singer WHERE country = "France"', []),
        ('SELECT "Song Name", "Song Title" FROM singer', ["Song Title"]),
        ('SELECT count(*) AS "n" FROM singer ORDER BY "n"', []),
    ],
)
def test_with_a_schema_its_names_are_names_and_the_rest_strings(sql: str, strings: list[str]) -> None:
    assert literals(parse(sql, SINGER)) == strings


def test_double_quotes_are_names_in_postgres() -> None:
    assert literals(parse('SELECT a FROM t WHERE a = "b"', dialect="postgres")) == []


def test_an_error_says_where_and_shows_the_place() -> None:
    with pytest.raises(SqlParseError, match=r"character \d+: .*FROM WHERE"):
        parse("SELECT name FROM WHERE x = 1")


@pytest.mark.parametrize("sql", ["", " ; ", "-- only this", "SELECT 1; SELECT 2"])
def test_anything_but_one_statement_is_an_error(sql: str) -> None:
    with pytest.raises(SqlParseError, match="expected one SQL statement, got"):
        parse(sql)


@pytest.mark.parametrize(
    "sql", ["(" * 5_000, "SELECT " * 5_000, "SELECT 'a", "x" * 200_000, "SELECT \x00 FROM"]
)
def test_hostile_text_is_a_parse_error(sql: str) -> None:
    with pytest.raises(SqlParseError):
        parse(sql)


def test_an_unknown_dialect_is_an_option_error() -> None:
    with pytest.raises(OptionError, match="unknown SQL dialect 'klingon'"):
        parse("SELECT 1", dialect="klingon")


@pytest.mark.spider
def test_every_gold_query_parses(gold: dict[str, list[tuple[str, str]]]) -> None:
    texts = {row[0] for rows in gold.values() for row in rows}
    unparsed = []
    for sql in sorted(texts):
        try:
            parse(sql)
        except SqlParseError:
            unparsed.append(sql)
    assert unparsed == []


def test_a_statement_that_is_read_as_a_command_leaves_no_message(caplog: pytest.LogCaptureFixture) -> None:
    parse("ALTER TABLE flights ADD COLUMN airline, airline, airline")
    assert not caplog.records
