"""The exact set match: the specified pairs, and what it forgives and what not where statements
nest.
"""

from __future__ import annotations

import re

import pytest
from tests.eval.spider.conftest import CLASSES, SCHEMA, rows

from nshot.eval.spider import COMPONENTS, SpiderJudge, SpiderSchema, parse_statement
from nshot.eval.spider.components import compare, exact_match
from nshot.eval.spider.normal import normal_form


@pytest.mark.parametrize(("predicted", "gold", "em", "zeros"), rows("exact_match.tsv"))
def test_the_specified_pairs_come_out(
    judge: SpiderJudge, predicted: str, gold: str, em: str, zeros: str
) -> None:
    match = judge.judge(gold, predicted)
    expected = {
        name: (int(of_gold), int(of_predicted))
        for name, of_gold, of_predicted in re.findall(r"(\S.*?) \((\d)/(\d)\)(?:, )?", zeros)
    }
    assert match.em == bool(int(em))
    assert {part.name: (part.gold, part.predicted) for part in match.components if not part.score} == expected
    assert tuple(part.name for part in match.components) == COMPONENTS


IN_VALUE = "SELECT name FROM stadium WHERE stadium_id IN ({})"
BEHIND_UNION = "SELECT name FROM stadium UNION {}"
IN_FROM = "SELECT count(*) FROM ({})"
NESTS = (IN_VALUE, BEHIND_UNION, IN_FROM)
JOINED = "FROM concert JOIN stadium ON concert.stadium_id = stadium.stadium_id"


@pytest.mark.parametrize(
    ("predicted", "gold", "same"),
    [
        # same: in the value of a condition, behind a set word, in FROM
        ("SELECT name FROM singer WHERE age = 1", "SELECT name FROM singer WHERE age = 2", (1, 1, 0)),
        ("SELECT name FROM singer WHERE name = 'a'", "SELECT name FROM singer WHERE name = 'A'", (1, 1, 0)),
        ("SELECT DISTINCT name FROM singer", "SELECT name FROM singer", (0, 1, 0)),
        ("SELECT count(DISTINCT name) FROM singer", "SELECT count(name) FROM singer", (0, 1, 0)),
        ("SELECT name FROM singer LIMIT 1", "SELECT name FROM singer LIMIT 2", (1, 1, 1)),
        ("SELECT name, age FROM singer", "SELECT age, name FROM singer", (0, 1, 0)),
        # the set operation is mapped, but by the columns of the outer FROM, which holds stadium only
        (f"SELECT stadium.stadium_id {JOINED}", f"SELECT concert.stadium_id {JOINED}", (0, 0, 0)),
    ],
)
def test_what_stays_strict_depends_on_where_a_statement_is_nested(
    judge: SpiderJudge, predicted: str, gold: str, same: tuple[int, ...]
) -> None:
    assert [judge.judge(nest.format(gold), nest.format(predicted)).em for nest in NESTS] == list(
        map(bool, same)
    )


def test_a_set_operation_is_mapped_by_the_columns_of_the_outer_from(judge: SpiderJudge) -> None:
    outer = f"SELECT theme {JOINED} UNION SELECT {{}}.stadium_id {JOINED}"
    assert judge.judge(outer.format("concert"), outer.format("stadium")).em


def test_columns_joined_by_a_foreign_key_are_one_column(judge: SpiderJudge) -> None:
    sql = f"SELECT {{}}.stadium_id {JOINED}"
    assert judge.judge(sql.format("concert"), sql.format("stadium")).em
    unkeyed = SpiderJudge(SCHEMA, {})
    assert unkeyed.judge(sql.format("concert"), sql.format("stadium")).em is False


def test_tables_are_compared_as_a_multiset(judge: SpiderJudge) -> None:
    sql = "SELECT a.name FROM singer AS a JOIN {}"
    assert judge.judge(sql.format("stadium AS b"), "SELECT a.name FROM stadium AS b JOIN singer AS a").em
    assert judge.judge(sql.format("singer AS b"), "SELECT name FROM singer").em is False


def test_connectors_of_unequal_sets_change_places(judge: SpiderJudge) -> None:
    gold = "SELECT name FROM singer WHERE age = 1 AND age = 2 OR age = 3"
    match = judge.judge(gold, "SELECT name FROM singer WHERE age = 1 AND age = 2 AND age = 3")
    (connectors,) = (part for part in match.components if part.name == "and/or")
    assert (connectors.gold, connectors.predicted, connectors.score) == (1, 2, 0)


@pytest.mark.parametrize(
    ("clause", "keywords"),
    [
        ("WHERE name NOT LIKE 'a' OR age IN (1)", 5),
        ("WHERE age BETWEEN 1 AND 2", 1),
        ("GROUP BY name HAVING count(*) NOT IN (1) ORDER BY age LIMIT 1", 7),
        ("WHERE age IN (SELECT age FROM singer WHERE name LIKE 'x' OR age = 1)", 2),
    ],
)
def test_keywords_are_those_of_the_statement_itself(judge: SpiderJudge, clause: str, keywords: int) -> None:
    match = judge.judge(f"SELECT name FROM singer {clause}", "SELECT name FROM singer")
    assert (match.components[-1].name, match.components[-1].gold) == ("keywords", keywords)


def test_a_gold_that_ends_behind_from_matches_any_tables(schema: SpiderSchema) -> None:
    gold, predicted = (
        normal_form(parse_statement(sql, schema), schema, CLASSES)
        for sql in ("SELECT * FROM", "SELECT * FROM singer")
    )
    assert exact_match(gold, predicted, compare(gold, predicted))
    assert not exact_match(predicted, gold, compare(predicted, gold))
