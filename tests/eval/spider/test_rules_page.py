"""The examples of docs/evaluation.md are what the parser does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nshot.eval.spider import SpiderParseError, SpiderSchema, parse_statement
from nshot.eval.spider.tokens import tokenise

SCHEMA = SpiderSchema({"singer": ("id", "name", "age"), "concert": ("id", "year", "singer_id")})
ONE = "SELECT name FROM singer "
TWO = "SELECT year FROM singer AS a JOIN concert AS b ON a.id = b.singer_id "

READ = {
    "SELECT name age FROM singer": "{}",
    "(age - id)": "SELECT {} FROM singer",
    "count(DISTINCT name)": "SELECT {} FROM singer",
    "SELECT singer.name FROM concert": "{}",
    "IN ('a')": ONE + "WHERE name {}",
    "WHERE age > 20 WHERE id = 1": ONE + "{}",
    "GROUP BY name age": ONE + "{}",
}
"""Text of the page -> the statement to try it in."""
NOT_READ = {
    "union all": ONE + "{} SELECT name FROM singer",
    "join (select ...)": "SELECT name FROM singer JOIN (SELECT id FROM concert)",
    "age - 1": "SELECT {} FROM singer",
    "age - (max(id))": "SELECT {} FROM singer",
    "SELECT name FROM concert": "{}",
    "NOT x = 1": ONE + "WHERE NOT age = 1",
    "NOT EXISTS": ONE + "WHERE {} (SELECT id FROM concert)",
    "(a = 1 OR b = 2)": ONE + "WHERE (age = 1 OR age = 2)",
    "IN ('a', 'b')": ONE + "WHERE name {}",
    "IS NULL": ONE + "WHERE name {}",
    "> avg(x)": ONE + "WHERE age > avg(age)",
}


@pytest.fixture(scope="module")
def page(repo: Path) -> str:
    return " ".join((repo / "docs" / "evaluation.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(("text", "around"), READ.items())
def test_what_the_page_says_works_is_read(page: str, text: str, around: str) -> None:
    assert f"`{text}`" in page
    parse_statement(around.format(text), SCHEMA)


@pytest.mark.parametrize(("text", "around"), NOT_READ.items())
def test_what_the_page_says_fails_is_not_read(page: str, text: str, around: str) -> None:
    assert f"`{text}`" in page
    with pytest.raises(SpiderParseError):
        parse_statement(around.format(text), SCHEMA)


@pytest.mark.parametrize(
    "source",
    [
        "singer, concert",
        "singer s",
        "singer LEFT JOIN concert",
        "(SELECT id FROM concert) AS x",
        "singer HAVING 1 = 1",
    ],
)
def test_a_from_clause_is_not_read(source: str) -> None:
    with pytest.raises(SpiderParseError):
        parse_statement(f"SELECT * FROM {source}", SCHEMA)


def test_an_alias_is_no_table_and_has_a_word_behind_it() -> None:
    for sql in ("SELECT count(*) AS concert FROM singer", "SELECT name FROM singer AS"):
        with pytest.raises(SpiderParseError):
            parse_statement(sql, SCHEMA)


@pytest.mark.parametrize(
    ("sql", "tokens"), [("a.z=b.z", ["a.z=b.z"]), ("y>=2", ["y", ">", "=2"]), ("> =", [">="])]
)
def test_tokens_are_as_the_page_says(page: str, sql: str, tokens: list[str]) -> None:
    assert f"`{sql}`" in page
    assert tokenise(sql) == tokens


def test_a_string_that_is_glued_to_something_is_an_unknown_word() -> None:
    (word,) = tokenise("name='Ann'")
    assert '"' not in word


def test_what_is_dropped_leaves_nothing_behind() -> None:
    assert len(parse_statement(TWO + "WHERE a.id = b.id OR a.age = 1", SCHEMA).where) == 1
    twice = parse_statement(ONE + "WHERE age > 20 WHERE id = 1", SCHEMA)
    assert len(twice.where) == 1
    assert len(parse_statement(ONE + "GROUP BY name age", SCHEMA).group_by) == 1
    order = parse_statement(ONE + "ORDER BY age DESC, name", SCHEMA).order_by
    assert order is not None
    assert (order.direction, len(order.units)) == ("desc", 2)


def test_every_rule_that_the_code_names_is_on_the_page(repo: Path, page: str) -> None:
    code = "".join(
        (repo / "src/nshot/eval/spider" / name).read_text(encoding="utf-8")
        for name in ("parse.py", "tokens.py")
    )
    named = set(re.findall(r"\b[PT]\d+[a-z]?\b", code))
    assert {"P1", "P6v", "P11", "T4"} <= named
    assert not {rule for rule in named if not re.search(rf"\b{rule}\b", page)}
