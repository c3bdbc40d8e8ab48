from __future__ import annotations

import pytest

from nshot.errors import OptionError
from nshot.training.data import held_out
from nshot.training.data.holdout import hold_out_questions
from nshot.types import Question

DB_IDS = ["a", "a", "b", "c", "d", "b"]


def test_a_number_is_drawn_by_the_seed() -> None:
    drawn = {held_out(DB_IDS, "2", seed) for seed in range(20)}
    assert all(len(set(names)) == 2 for names in drawn)
    assert len(drawn) > 1
    assert held_out(DB_IDS, "2", 7) == held_out(DB_IDS, "2", 7)


def test_names_are_taken_as_they_are() -> None:
    assert held_out(DB_IDS, "c, a", 0) == ("a", "c")
    assert held_out(DB_IDS, "", 0) == held_out(DB_IDS, "0", 0) == ()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("4", "at most 3, got 4"),
        ("a,e", "unknown database to hold out 'e'; choose one of: a, b, c, d"),
        ("a,b,c,d", "names them all"),
    ],
)
def test_something_must_be_left_and_names_be_known(wanted: str, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        held_out(DB_IDS, wanted, 0)


def test_where_no_row_was_read_nothing_can_be_held_out() -> None:
    with pytest.raises(OptionError, match="no row was read"):
        held_out([], "2", 0)


def asked(*pairs: tuple[str, str]) -> list[Question]:
    return [Question(text, "shop", f"q-{at}", sql) for at, (text, sql) in enumerate(pairs)]


def test_questions_with_one_answer_are_held_out_together() -> None:
    same = [("How many?", "SELECT count(*) FROM t"), ("Count them.", "select  COUNT(*) from T as x;")]
    other = [(f"Which {number}?", f"SELECT a FROM t WHERE b = {number}") for number in range(4)]
    questions = asked(*same, *other)
    for seed in range(20):
        held = {question.id for question in hold_out_questions(questions, 2, seed)}
        assert len(held & {"q-0", "q-1"}) in (0, 2)
        assert len(held) in (2, 3)
    drawn = {hold_out_questions(questions, 2, seed) for seed in range(20)}
    assert len(drawn) > 1


def test_a_question_joins_those_of_its_sql_and_those_of_its_text() -> None:
    chain = asked(("A?", "SELECT 1"), ("B?", "SELECT 2"), ("a ?", "SELECT 2"), ("C?", "SELECT 3"))
    for seed in range(10):
        held = {question.id for question in hold_out_questions(chain, 1, seed)}
        assert held in ({"q-0", "q-1", "q-2"}, {"q-3"})


def test_questions_must_be_left_to_learn_from() -> None:
    with pytest.raises(OptionError, match="must leave questions to learn from: 2 of 2"):
        hold_out_questions(asked(("A?", "SELECT 1"), ("B?", "SELECT 2")), 2, 0)
    assert hold_out_questions(asked(("A?", "SELECT 1")), 0, 0) == ()
