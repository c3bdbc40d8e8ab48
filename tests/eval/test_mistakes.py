from __future__ import annotations

import random
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.data import read_questions, schemas_from_tables_json
from nshot.eval.mistakes import CLASSES, OTHER, mistakes
from nshot.eval.mistakes.same_columns import SameColumns
from nshot.types import Column, ForeignKey, Schema, Table


def table(name: str, columns: str, key: str = "id") -> Table:
    return Table(name, tuple(Column(column) for column in columns.split()), (key,))


SCHEMA = Schema(
    "club",
    (
        table("singer", "id name country age"),
        table("concert", "id title year singer_id stadium_id"),
        table("stadium", "id name city capacity"),
        table("game", "id home_id away_id"),
    ),
    (
        ForeignKey("concert", ("singer_id",), "singer", ("id",)),
        ForeignKey("concert", ("stadium_id",), "stadium", ("id",)),
        ForeignKey("game", ("home_id",), "stadium", ("id",)),
        ForeignKey("game", ("away_id",), "stadium", ("id",)),
    ),
)
JOINED = "SELECT T1.name FROM singer AS T1 JOIN concert AS T2 ON T1.id = T2.singer_id WHERE T2.year = 2014"

CASES = [
    ("SELECT name FROM singer", "SELECT name FROM stadium", ("table", "column")),
    ("SELECT count(*) FROM singer", "SELECT count(*) FROM stadium", ("table",)),
    ("SELECT name FROM singer", "SELECT country FROM singer", ("column",)),
    ("SELECT name FROM singer", "SELECT name, age FROM singer", ("column",)),
    ("SELECT name, age FROM singer", "SELECT age, name FROM singer", ("column",)),
    ("SELECT age - id FROM singer", "SELECT id - age FROM singer", ("column",)),
    (JOINED, JOINED.replace("T2.singer_id", "T2.stadium_id"), ("join",)),
    (JOINED, JOINED.replace("JOIN", "LEFT JOIN"), ("join",)),
    (JOINED, "SELECT name FROM singer WHERE age = 2014", ("table", "join", "condition")),
    (JOINED, JOINED.replace("T2.year", "T1.age"), ("condition",)),
    (JOINED, JOINED.replace("year =", "year >"), ("condition",)),
    (JOINED, JOINED + " AND T1.age > 3", ("condition",)),
    (JOINED + " AND age > 3", JOINED + " OR age > 3", ("condition",)),
    (JOINED, JOINED.replace("2014", "2015"), ("value",)),
    ("SELECT id FROM singer WHERE name = 'A'", "SELECT id FROM singer WHERE name = 'a'", ("value",)),
    ("SELECT id FROM singer WHERE age IN (1, 2)", "SELECT id FROM singer WHERE age IN (1, 3)", ("value",)),
    (
        "SELECT id FROM singer WHERE age BETWEEN 1 AND 2",
        "SELECT id FROM singer WHERE age BETWEEN 1 AND 3",
        ("value",),
    ),
    ("SELECT max(age) FROM singer", "SELECT min(age) FROM singer", ("aggregation",)),
    ("SELECT max(age) FROM singer", "SELECT age FROM singer", ("aggregation",)),
    ("SELECT max(age) FROM singer", "SELECT max(id) FROM singer", ("column",)),
    ("SELECT count(*) FROM singer", "SELECT count(country) FROM singer", ("aggregation",)),
    ("SELECT count(*) FROM singer", "SELECT count(DISTINCT country) FROM singer", ("distinct",)),
    ("SELECT DISTINCT name FROM singer", "SELECT name FROM singer", ("distinct",)),
    ("SELECT count(*) FROM singer GROUP BY age", "SELECT count(*) FROM singer", ("grouping",)),
    (
        "SELECT count(*) FROM singer GROUP BY age",
        "SELECT count(*) FROM singer GROUP BY country",
        ("grouping",),
    ),
    ("SELECT name FROM singer ORDER BY age", "SELECT name FROM singer ORDER BY age DESC", ("ordering",)),
    ("SELECT name FROM singer ORDER BY age", "SELECT name FROM singer ORDER BY name", ("ordering",)),
    (
        "SELECT name FROM singer ORDER BY age LIMIT 1",
        "SELECT name FROM singer ORDER BY age LIMIT 2",
        ("limit",),
    ),
    (
        "SELECT name FROM singer UNION SELECT name FROM stadium",
        "SELECT name FROM singer INTERSECT SELECT name FROM stadium",
        ("set operation",),
    ),
    (
        "SELECT name FROM singer UNION SELECT name FROM stadium",
        "SELECT name FROM singer UNION ALL SELECT name FROM stadium",
        ("set operation",),
    ),
    (
        "SELECT name FROM singer WHERE id NOT IN (SELECT singer_id FROM concert)",
        "SELECT name FROM singer EXCEPT SELECT T1.name FROM singer AS T1 JOIN concert AS T2 "
        "ON T1.id = T2.singer_id",
        ("set operation", "nesting", "join"),
    ),
    (
        "SELECT name FROM singer ORDER BY age DESC LIMIT 1",
        "SELECT name FROM singer WHERE age = (SELECT max(age) FROM singer)",
        ("nesting", "ordering", "limit"),
    ),
    (
        "SELECT count(*) FROM stadium AS T1 JOIN game AS T2 ON T1.id = T2.home_id",
        "SELECT count(*) FROM stadium AS T1 JOIN game AS T2 ON T1.id = T2.away_id",
        ("join",),
    ),
]


@pytest.mark.parametrize(("gold", "predicted", "expected"), CASES)
def test_the_difference_is_named(gold: str, predicted: str, expected: tuple[str, ...]) -> None:
    assert mistakes(gold, predicted, SCHEMA) == expected


SAME = [
    (
        "SELECT name FROM singer WHERE country = 'France'",
        'select S.NAME from singer S where S.country="France"',
    ),
    (JOINED, "SELECT name FROM concert, singer WHERE singer.id = singer_id AND 2014 = year"),
    (
        JOINED,
        "SELECT name FROM singer JOIN concert USING (id) WHERE year = 2014".replace(
            "USING (id)", "ON singer_id = singer.id"
        ),
    ),
    ("SELECT id FROM singer WHERE age BETWEEN 1 AND 2", "SELECT id FROM singer WHERE age <= 2 AND age >= 1"),
    ("SELECT id FROM singer WHERE age IN (1, 2)", "SELECT id FROM singer WHERE age = 2 OR age = 1"),
    ("SELECT id FROM singer WHERE NOT age = 1", "SELECT id FROM singer WHERE age <> 1"),
    ("SELECT id FROM singer WHERE age > 1", "SELECT id FROM singer WHERE (1 < age)"),
    (
        "SELECT country, count(*) FROM singer GROUP BY country ORDER BY count(*)",
        "SELECT country, count(*) AS n FROM singer GROUP BY 1 ORDER BY n",
    ),
    ("SELECT name FROM singer", "SELECT x FROM (SELECT name AS x FROM singer)"),
]


@pytest.mark.parametrize(("gold", "predicted"), SAME[:-1])
def test_another_spelling_is_no_difference(gold: str, predicted: str) -> None:
    assert mistakes(gold, predicted, SCHEMA) == (OTHER,)


def test_columns_of_a_derived_table_are_those_it_selects() -> None:
    assert mistakes(*SAME[-1], SCHEMA) == ("nesting",)


def test_a_foreign_key_makes_two_columns_the_same_until_nothing_else_differs() -> None:
    predicted = JOINED.replace("SELECT T1.name", "SELECT T2.singer_id")
    gold = JOINED.replace("SELECT T1.name", "SELECT T1.id")
    assert mistakes(gold, predicted.replace("2014", "2015"), SCHEMA) == ("value",)
    assert mistakes(gold, predicted, SCHEMA) == ("column",)


def test_counting_the_primary_key_is_counting_rows_until_nothing_else_differs() -> None:
    gold = "SELECT count(*) FROM singer WHERE age = 1"
    assert mistakes(gold, "SELECT count(id) FROM singer WHERE age = 2", SCHEMA) == ("value",)
    assert mistakes(gold, "SELECT count(id) FROM singer WHERE age = 1", SCHEMA) == ("aggregation",)


def test_grouping_by_more_than_the_primary_key_is_no_difference_beside_another() -> None:
    gold = "SELECT name, max(age) FROM singer GROUP BY id"
    assert mistakes(gold, "SELECT name, min(age) FROM singer GROUP BY id, name", SCHEMA) == ("aggregation",)


def test_classes_come_in_their_stated_order() -> None:
    found = mistakes(
        "SELECT DISTINCT name FROM singer WHERE age > 3 ORDER BY age LIMIT 3",
        "SELECT count(*) FROM concert GROUP BY year",
        SCHEMA,
    )
    assert found == tuple(name for name in CLASSES if name in found)
    assert {"table", "aggregation", "grouping", "condition", "ordering", "limit", "distinct"} <= set(found)


@pytest.mark.parametrize(
    ("outcome", "reason", "expected"),
    [
        ("error", "no such column: T1.x", "no such column"),
        ("error", "sqlite: no such table: x", "no such table"),
        ("error", "ambiguous column name: id", "ambiguous column"),
        ("error", 'near "FORM": syntax error', "syntax"),
        ("error", "", "error"),
        ("timeout", "", "timeout"),
        ("refused", "", "refused"),
        ("too large", "", "too large"),
    ],
)
def test_what_did_not_run_says_why_and_then_what_differs(outcome: str, reason: str, expected: str) -> None:
    found = mistakes("SELECT name FROM singer", "SELECT age FROM singer", SCHEMA, outcome, reason)
    assert found == (f"invalid SQL: {expected}", "column")


def test_an_error_without_a_message_is_syntax_if_it_cannot_be_parsed() -> None:
    found = mistakes("SELECT name FROM singer", "SELECT name FORM FROM WHERE", SCHEMA, "error")
    assert found == ("invalid SQL: syntax",)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT height FROM singer", "no such column"),
        ("SELECT T1.year FROM singer AS T1 JOIN concert AS T2 ON T1.id = T2.singer_id", "no such column"),
        ("SELECT T3.name FROM singer AS T1", "no such column"),
        ("SELECT x FROM (SELECT name FROM singer)", "no such column"),
        ("SELECT name FROM artist", "no such table"),
        ("WITH a AS (SELECT name AS n FROM singer) SELECT n FROM a ORDER BY n, rowid", "error"),
        ("SELECT age AS n FROM singer WHERE n > 3", "error"),
    ],
)
def test_an_error_without_a_message_is_told_by_the_schema(sql: str, expected: str) -> None:
    assert mistakes("SELECT 1", sql, SCHEMA, "error")[0] == f"invalid SQL: {expected}"


def test_no_sql_is_invalid() -> None:
    assert mistakes("SELECT name FROM singer", " \n", SCHEMA, "empty") == ("invalid SQL: empty",)


def test_what_cannot_be_parsed_but_ran_is_other() -> None:
    assert mistakes("SELECT name FROM singer", "SELECT ((", SCHEMA) == (OTHER,)


HOSTILE = [
    "WITH RECURSIVE c AS (SELECT x + x AS x FROM c) SELECT x FROM c",
    "WITH c AS (SELECT * FROM c, c AS d, c AS e, c AS f) SELECT x FROM c",
    "SELECT x FROM "
    + "".join(f"(SELECT x + x AS x FROM (SELECT x * x AS x FROM t) a{i}), " for i in range(9))
    + "t",
    "SELECT x FROM " + "(SELECT x + x AS x FROM " * 30 + "t" + ")" * 30,
    "SELECT " + "(" * 2000 + "1" + ")" * 2000,
    "SELECT 1 WHERE " + " AND ".join(f"a.c{i} = b.c{i}" for i in range(2000)),
    "SELECT 1 GROUP BY 99 ORDER BY 99 LIMIT x",
    "DROP TABLE singer",
    "SELECT a FROM t; SELECT b FROM u",
    "VALUES (1, 2)",
]


@pytest.mark.parametrize("sql", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_sql_is_classed_like_any_other(sql: str) -> None:
    for gold, predicted in ((JOINED, sql), (sql, JOINED), (sql, sql)):
        assert set(mistakes(gold, predicted, SCHEMA)) <= set(CLASSES)


@given(st.text(), st.text())
def test_any_two_texts_have_a_class(gold: str, predicted: str) -> None:
    assert mistakes(gold, predicted)


@given(st.randoms(use_true_random=False))
def test_mangled_sql_has_a_class(randomness: random.Random) -> None:
    gold, predicted, _ = randomness.choice(CASES)
    words = predicted.split()
    for _ in range(3):
        words[randomness.randrange(len(words))] = randomness.choice((*gold.split(), "(", ")", ","))
    found = mistakes(gold, " ".join(words), SCHEMA)
    assert found
    assert set(found) <= set(CLASSES)


@pytest.mark.spider
def test_real_gold_against_gold_of_other_questions_always_differs(spider: Path) -> None:
    questions = read_questions(spider / "dev.json")
    schemas = schemas_from_tables_json(spider / "tables.json")
    for one, other in zip(questions, questions[2:], strict=False):
        found = mistakes(one.sql or "", other.sql or "", schemas[one.db_id])
        assert set(found) <= set(CLASSES)
        assert mistakes(one.sql or "", one.sql or "", schemas[one.db_id]) == (OTHER,)


def test_which_columns_are_the_same_does_not_depend_on_the_order_of_the_joins() -> None:
    pairs = [
        ("game.home_id", "stadium.id"),
        ("game.away_id", "stadium.id"),
        ("concert.stadium_id", "stadium.id"),
    ]
    columns = sorted({column for pair in pairs for column in pair})
    found = {
        tuple(SameColumns(order, None).first(column) for column in columns) for order in permutations(pairs)
    }
    assert len(found) == 1
    assert len(set(found.pop())) == 2
