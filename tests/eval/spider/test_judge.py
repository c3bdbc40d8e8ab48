"""The judge: modes, crashes of the official programs, and any text at all."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.eval.spider.conftest import CLASSES, SCHEMA, rows, statements

from nshot.eval.spider import SpiderJudge, suite_text

SUITE = SpiderJudge(SCHEMA, CLASSES)
CLASSIC = SpiderJudge(SCHEMA, CLASSES, classic=True)
TWO_QUERIES = "SELECT count(*) FROM (SELECT name FROM singer) (SELECT name FROM stadium)"


def test_only_the_newer_program_replaces_value_and_only_in_the_prediction() -> None:
    sql = "SELECT name FROM singer WHERE name = 'value'"
    joined = "SELECT name FROM singer WHERE age = value"
    assert SUITE.judge(joined, joined).crash.startswith("gold: expected a column")
    assert SUITE.judge(sql, joined).parse_error is False
    assert CLASSIC.judge(sql, joined).parse_error is True
    assert suite_text("Value value values") == "Value 1 1s"


def test_the_older_program_tells_nested_limits_apart() -> None:
    sql = "SELECT name FROM singer WHERE age IN (SELECT age FROM singer LIMIT {})"
    assert SUITE.judge(sql.format(1), sql.format(3)).em is True
    assert CLASSIC.judge(sql.format(1), sql.format(3)).em is False
    top = "SELECT name FROM singer ORDER BY age LIMIT {}"
    assert CLASSIC.judge(top.format(1), top.format(3)).em is True


def test_an_unread_prediction_is_judged_as_an_empty_statement() -> None:
    match = SUITE.judge("SELECT name FROM singer", "SELECT name FROM singer AS")
    assert (match.em, match.parse_error, match.crash, match.hardness) == (False, True, "", "easy")
    assert len(match.components) == 10


def test_an_unread_gold_has_no_verdict_but_a_hardness() -> None:
    match = SUITE.judge("SELECT name n FROM singer LEFT JOIN stadium", "SELECT name FROM singer")
    assert (match.em, match.parse_error, match.components) == (None, False, ())
    assert match.hardness in ("easy", "medium", "hard", "extra")
    assert match.crash.startswith("gold: expected")


@pytest.mark.parametrize(
    ("gold", "predicted"),
    [
        ("SELECT name FROM singer", "SELECT name FROM singer WHERE age = 1 age = 2 AND age = 3"),
        ("SELECT name FROM singer WHERE age = 1 age = 2 AND age = 3", "SELECT name FROM singer"),
        ("SELECT name FROM singer", "SELECT name FROM singer WHERE age = 1 age = (SELECT age FROM singer)"),
        (
            "SELECT name FROM singer",
            "SELECT name FROM singer WHERE age IN (SELECT age FROM singer WHERE age = 1 age = 2 or age = 3)",
        ),
        (TWO_QUERIES, TWO_QUERIES),
    ],
)
def test_where_the_official_program_crashes_there_is_no_verdict(gold: str, predicted: str) -> None:
    match = SUITE.judge(gold, predicted)
    assert (match.em, match.parse_error, match.components) == (None, False, ())
    assert match.crash


def test_only_gold_that_is_empty_is_matched_by_an_unread_prediction() -> None:
    assert SUITE.judge("SELECT FROM", "").em is True
    assert SUITE.judge("SELECT FROM singer", "").em is False


def test_one_from_that_cannot_be_sorted_was_taken_for_a_mere_mismatch() -> None:
    same = "SELECT count(*) FROM (SELECT name FROM singer) (SELECT name FROM singer)"
    for gold, predicted in ((same, TWO_QUERIES), (TWO_QUERIES, same)):
        assert "a FROM clause holds" in SUITE.judge(gold, predicted).crash


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name FROM singer WHERE age = 1 age = 2",
        "SELECT name FROM singer WHERE age = 1 AND",
        "SELECT count(*) FROM (SELECT name FROM singer) (SELECT name FROM singer)",
        "SELECT count(*) FROM (SELECT name FROM singer WHERE age = 1 age = 2 and age = 3)",
    ],
)
def test_near_a_crash_there_is_a_verdict(sql: str) -> None:
    assert SUITE.judge(sql, sql).em is True


def test_a_condition_in_a_connectors_place_keeps_its_value() -> None:
    sql = "SELECT name FROM singer WHERE age = 1 age = {}"
    match = SUITE.judge(sql.format(2), sql.format(3))
    assert [part.name for part in match.components if not part.score] == ["and/or"]


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("SELECT max(age), min(age), count(*) FROM singer", 2),
        ("SELECT a.concert_id, b.concert_id FROM concert AS a JOIN singer_in_concert AS b", 1),
        ("SELECT DISTINCT age FROM singer", 1),
        ("SELECT age + age, age FROM singer", 2),
        ("SELECT nothing FROM singer", 0),
    ],
)
def test_keys_of_result_columns_know_no_outer_aggregate(sql: str, keys: int) -> None:
    assert len(set(CLASSIC.select_keys(sql))) == keys


WORDS = st.sampled_from(
    "select from where group by order having limit union except intersect join on as and or not in like "
    "between is = > < >= ! ( ) , ; * - + count max none distinct asc desc name age singer stadium concert t1 "
    "t1.name singer.age stadium.stadium_id concert.stadium_id 1 2.5 'x' \"y z\" ' value 1,2 .".split(" ")
)
CORPUS = [
    *statements("parses.sql"),
    *statements("fails.sql"),
    *(sql for row in rows("exact_match.tsv") for sql in row[:2]),
]

READ = [sql for sql in dict.fromkeys(CORPUS) if not CLASSIC.judge(sql, sql).parse_error]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A statement of the fixtures with words dropped, doubled, swapped, glued or put in."""
    words = draw(st.sampled_from(CORPUS)).replace("(", " ( ").replace(")", " ) ").split()
    rng = random.Random(draw(st.integers(0, 1 << 30)))
    for _ in range(draw(st.integers(1, 4))):
        place = rng.randrange(len(words))
        match rng.randrange(5):
            case 0:
                words[place : place + 1] = []
            case 1:
                words.insert(place, words[rng.randrange(len(words))])
            case 2:
                other = rng.randrange(len(words))
                words[place], words[other] = words[other], words[place]
            case 3:
                words[place : place + 2] = ["".join(words[place : place + 2])]
            case _:
                words.insert(place, draw(WORDS))
        if not words:
            break
    return " ".join(words)


TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join), mutated())


@given(TEXTS, TEXTS)
def test_any_text_can_be_judged(gold: str, predicted: str) -> None:
    for judge in (SUITE, CLASSIC):
        match = judge.judge(gold, predicted)
        assert (match.em is None) == bool(match.crash) == (not match.components)
        assert match.hardness in ("easy", "medium", "hard", "extra")
        assert not (match.em and match.parse_error) or not any(part.gold for part in match.components[:4])
        assert all(part.count <= max(part.gold, part.predicted) for part in match.components)
        assert match.em in (None, False) or all(part.score for part in match.components)
        assert judge.select_keys(predicted) == () or not match.parse_error or "value" in predicted


@given(mutated())
def test_a_statement_never_differs_from_itself(sql: str) -> None:
    match = CLASSIC.judge(sql, sql)
    assert match.em is not False
    assert all(part.score == 1 for part in match.components)


@pytest.mark.parametrize("sql", statements("parses.sql"))
def test_letter_case_does_not_matter(sql: str) -> None:
    assert CLASSIC.judge(sql, sql.upper()).em is True


def test_the_match_is_symmetric() -> None:
    for one in READ:
        for other in READ:
            assert CLASSIC.judge(one, other).em == CLASSIC.judge(other, one).em
