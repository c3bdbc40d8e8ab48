"""Follow-up questions become questions that stand alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nshot.databases.cells.values import CellValues
from nshot.pipeline.followup import stand_alone
from nshot.types import Column, Schema, Table, Turn

SCHEMA = Schema(
    "concert",
    (
        Table("stadium", (Column("id"), Column("name"))),
        Table("poker_player", (Column("id"), Column("name"), Column("country"), Column("age"))),
    ),
)
VALUES = CellValues([("poker_player", "country", name) for name in ("France", "Spain")])
SQL = "SELECT name FROM poker_player"
NAMES = "What are the names of all players from France?"


NAMES_BUT = "What are the names of players from France, except those whose age is 3?"


def put(question: str, before: str = NAMES, sql: str = SQL) -> str:
    return stand_alone(question, [Turn(before, sql)], SCHEMA, VALUES.matches).text


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("and in Spain?", "What are the names of all players from Spain?"),
        ("What about Spain?", "What are the names of all players from Spain?"),
        ("Only those above 30.", "What are the names of players from France above 30?"),
        ("just the ones that are tall", "What are the names of players from France that are tall?"),
        ("Sort them by their age.", "What are the names of all players from France sorted by the age?"),
        ("list them in descending order of age", f"{NAMES[:-1]} in descending order of age?"),
        ("Limit it to three.", f"{NAMES[:-1]}, only the first three?"),
        ("How many are there?", "How many players from France are there?"),
        ("how many?", "How many players from France are there?"),
        ("How many of them are tall?", "How many players from France are tall?"),
        ("Show also the country.", "What are the names and the country of players from France?"),
        ("Also show their ages.", "What are the names and the ages of players from France?"),
        ("Show their ids.", "Show the ids of players from France."),
        ("What are their names and ages?", "What are the names and ages of players from France?"),
        ("Which of them are tall?", "Which players from France are tall?"),
        ("Of those, which have a car?", "Which players from France have a car?"),
        ("Of those, what is the average age?", "What is the average age of players from France?"),
        ("What about their ages?", "What are the ages of players from France?"),
        ("Which stadiums did these players visit?", "Which stadiums did players from France visit?"),
        ("do not list those whose age is 3", NAMES_BUT),
    ],
)  # fmt: skip
def test_a_follow_up_takes_what_it_lacks_from_the_question_before(question: str, alone: str) -> None:
    assert put(question) == alone


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("Show the shows in 2014.", "And in 2015?", "Show the shows in 2015."),
        ("List songs from before 2014.", "how about after?", "List songs from after 2014."),
        ("What is the lowest age of players?", "And the highest?", "What is the maximum age of players?"),
        ("What is the age of each player?", "Give me the average.", "What is the average age of player?"),
        (
            "What is the average age of players?",
            "Which players are older than that?",
            "Which players are older than the average age of players?",
        ),
        (
            "Show the cities of players.",
            "How many are there?",
            "How many different cities of players are there?",
        ),
        (
            "Show the country of all players.",
            "For each of them, count the number of players.",
            "Show the country and the number of players for each country.",
        ),
        ("Which players are tall?", "Show their names.", "Show the names of players that are tall."),
        (
            "Who has the most cards?",
            "What is his or her age?",
            "What is the age of poker player that has the most cards?",
        ),
        ("Sing!", "And louder?", "Sing! Louder?"),
    ],
)  # fmt: skip
def test_the_question_before_decides_what_is_taken(before: str, question: str, alone: str) -> None:
    assert put(question, before) == alone


@pytest.mark.parametrize("question", ["How many  stadiums are there ?", "list pets and their ids", "¿Qué?"])
def test_a_question_that_stands_alone_is_unchanged_byte_for_byte(question: str) -> None:
    found = stand_alone(question, [Turn(NAMES, SQL)], SCHEMA)
    assert (found.text, found.rewritten, found.how, found.tables, found.history) == (
        question,
        False,
        "",
        (),
        (),
    )


def test_a_first_question_is_unchanged_whatever_it_says() -> None:
    assert stand_alone("and their names?", [], SCHEMA).text == "and their names?"


def test_a_follow_up_of_a_follow_up_is_read_from_the_first_turn_on() -> None:
    history = [Turn(NAMES, SQL), Turn("Only those above 30.", SQL)]
    assert (
        stand_alone("How many?", history, SCHEMA).text == "How many players from France above 30 are there?"
    )


def test_turns_whose_questions_were_put_already_give_the_same() -> None:
    put_before = put("Only those above 30.")
    history = [Turn(NAMES, SQL), Turn(put_before, SQL)]
    assert (
        stand_alone("How many?", history, SCHEMA).text == "How many players from France above 30 are there?"
    )


def test_the_tables_of_the_sql_before_and_its_turn_come_along() -> None:
    found = stand_alone("How many?", [Turn(NAMES, SQL)], SCHEMA)
    assert found.tables == ("poker_player",)
    assert found.history == (Turn(NAMES, SQL),)
    assert found.how == "it has no subject: counted"
    question = found.question("concert", "a hint")
    assert (question.text, question.tables, question.evidence) == (found.text, found.tables, "a hint")


def test_sql_that_cannot_be_read_keeps_no_tables() -> None:
    found = stand_alone("How many?", [Turn(NAMES, "SELECT FROM WHERE (")], SCHEMA)
    assert found.text == "How many players from France are there?"
    assert found.tables == ()


def test_the_rules_of_the_docs_do_what_the_docs_say(repo: Path) -> None:
    text = (repo / "docs" / "followup.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ,]+) \| (\w[^|]*\?|\w[^|]*\.) \| (\w[^|.]*[?.]) \|$", text, re.MULTILINE)
    assert len(rows) == 9
    values = CellValues([("singer", "country", name) for name in ("France", "Spain")])
    before = Turn("What are the names of all singers from France?", SQL)
    for rule, asked, alone in rows:
        found = stand_alone(asked, [before], SCHEMA, values.matches)
        assert (found.text, found.how.partition(": ")[2]) == (alone, rule)


@pytest.mark.parametrize(
    "before", ["What " + "abo" * 60, "How many " + "are " * 80, "Which " + "of for " * 55, "a-'" * 130]
)
def test_hostile_questions_are_read_soon(before: str) -> None:
    assert put("What about Spain?", before)
    assert put("What " + "abo" * 60 + " about Spain?")


def test_a_question_that_is_too_long_for_a_follow_up_stands_alone() -> None:
    long = "only those " + "above 30 " * 100
    assert put(long) == long
