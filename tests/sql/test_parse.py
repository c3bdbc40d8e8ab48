from __future__ import annotations

import ast
import re
from pathlib import Path

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


DOUBLING = ("date(", "char(", "DECIMAL(", "varchar(", "timestamp(", "STRUCT(", "SELECT decimal(1, ")


@pytest.mark.parametrize("opening", DOUBLING)
@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "duckdb", "mysql", "tsql"])
def test_what_doubles_the_work_with_each_step_is_stopped_by_its_steps(opening: str, dialect: str) -> None:
    """Of 39 steps, sqlglot would finish none in a lifetime."""
    text = "SELECT " + opening * 39 + "1" + ")" * 39
    with pytest.raises(SqlParseError, match="cannot parse"):
        parse(text, dialect=dialect)
    assert parse("SELECT date(date(1))", dialect=dialect)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT var_map(a)", "sqlglot fails by IndexError"),
        ("SELECT 1" + "+1" * 30_000, "60,002 tokens, at most 40,000"),
        ("SELECT " + "(" * 41 + "1" + ")" * 41, "nested deeper than 40"),
        ("SELECT " + "NOT " * 3_000 + "1", "nested too deeply"),
    ],
)
def test_every_limit_and_every_failure_of_sqlglot_has_a_name(text: str, reason: str) -> None:
    with pytest.raises(SqlParseError, match=re.escape(reason)):
        parse(text)


def test_subscripts_are_counted() -> None:
    with pytest.raises(SqlParseError, match="more than 100 times"):
        parse("SELECT a" + "[1]" * 600, dialect="postgres")
    assert parse("SELECT a" + "[1]" * 50, dialect="postgres")


def test_texts_that_are_only_long_are_parsed() -> None:
    assert parse("SELECT a FROM t WHERE a IN (" + ", ".join(map(str, range(10_000))) + ")")
    assert parse("SELECT a FROM t WHERE " + " OR ".join(f"a = {i}" for i in range(3_000)))
    assert parse("SELECT " + "abs(" * 35 + "1" + ")" * 35)


PARSING = frozenset(("parse", "parse_one", "parse_into", "maybe_parse", "transpile", "tokenize", "Parser"))


def test_only_one_module_calls_the_parser_of_sqlglot(repo: Path) -> None:
    source = repo / "src" / "nshot"
    found = set()
    for path in source.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "sqlglot" in text else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlglot"):
                names = {alias.name for alias in node.names}
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                names = {node.attr} if node.value.id in ("sqlglot", "exp", "dialect") else set()
            else:
                continue
            if names & PARSING:
                found.add(path.relative_to(source).as_posix())
    assert found == {"sql/parse.py"}


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
