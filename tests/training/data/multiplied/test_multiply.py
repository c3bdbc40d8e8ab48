"""Further questions of solved ones on the sample: they run, differ, and keep what is held out
apart.
"""

from __future__ import annotations

import random

import pytest

from nshot.data import Catalog, read_pool
from nshot.databases import execute
from nshot.sql import normalise
from nshot.training.data.multiplied import multiply_questions
from nshot.training.data.multiplied.values import ValueExchange
from nshot.types import Question


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.sample()


@pytest.fixture(scope="module")
def garden() -> list[Question]:
    found = read_pool("sample").examples
    some = [one for one in found if one.db_id == "allotment_garden"][:30]
    return [Question(one.question, one.db_id, one.id, one.sql) for one in some]


def test_further_questions_run_and_are_new(catalog: Catalog, garden: list[Question]) -> None:
    made = multiply_questions(garden, catalog, 2, without=garden)
    assert len(made) > 10
    ids = [one.id.partition("+")[0] for one in made]
    assert max(ids.count(one) for one in ids) == 2
    texts = {one.text for one in garden}
    keys = {normalise(one.sql or "") for one in garden}
    for one in made:
        assert one.text not in texts
        assert normalise(one.sql or "") not in keys
        source = catalog.path(one.db_id)
        assert source is not None
        assert execute(source, one.sql or "").rows
    assert multiply_questions(garden, catalog, 2, without=garden) == made


def test_the_answer_of_a_held_out_question_is_never_made(catalog: Catalog, garden: list[Question]) -> None:
    made = multiply_questions(garden, catalog, 1, without=garden)
    held = [Question("Something else", made[0].db_id, "held", made[0].sql)]
    others = multiply_questions(garden, catalog, 1, without=[*garden, *held])
    assert made[0].sql not in [one.sql for one in others]


def vary(catalog: Catalog, question: str, sql: str) -> list[tuple[str, str]]:
    matches = catalog.values("allotment_garden").matches(question)
    exchange = ValueExchange(catalog.path("allotment_garden"))
    return [(one.question, one.sql) for one in exchange.vary(question, sql, matches, random.Random(1))]


def test_a_value_comes_from_the_column_of_the_old_one(catalog: Catalog) -> None:
    sql = "SELECT count(*) FROM plot WHERE section = 'Riverside'"
    ((asked, written),) = vary(catalog, "How many plots lie in Riverside?", sql)
    value = asked.removeprefix("How many plots lie in ").removesuffix("?")
    assert written == f"SELECT count(*) FROM plot WHERE section = '{value}'"
    assert value != "Riverside"
    source = catalog.path("allotment_garden")
    assert source is not None
    assert (value,) in execute(source, "SELECT section FROM plot").rows


def test_a_number_word_stays_a_word_and_a_year_a_year(catalog: Catalog) -> None:
    ((asked, written),) = vary(catalog, "Name three crops", "SELECT name FROM crop LIMIT 3")
    assert written.startswith("SELECT name FROM crop LIMIT ")
    assert not any(letter.isdigit() for letter in asked)
    ((asked, written),) = vary(catalog, "Fees since 2020", "SELECT amount FROM fee WHERE year >= 2020")
    year = asked.removeprefix("Fees since ")
    assert written == f"SELECT amount FROM fee WHERE year >= {year}"
    assert 2017 <= int(year) <= 2023


def test_a_value_that_the_sql_does_not_have_is_left_alone(catalog: Catalog) -> None:
    assert vary(catalog, "How many plots lie in Riverside?", "SELECT count(*) FROM plot") == []
