"""Verified answers with values exchanged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.pairs import PairBook
from nshot.pipeline.reuse import ExactReuse, ExchangedReuse, FirstOf
from nshot.types import Question

SHOP = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, country TEXT, born INT, joined TEXT);
CREATE TABLE item (id INTEGER PRIMARY KEY, title TEXT, price REAL, origin TEXT);
INSERT INTO customer VALUES (1, 'Ada', 'France', 1990, '2020-01-05'), (2, 'Bo', 'Spain', 1984, '2021-02-06'),
  (3, 'Cy', 'New Zealand', 1990, '2020-01-05');
INSERT INTO item VALUES (1, 'Dark Chocolate', 2.5, 'Peru'), (2, 'Green Tea', 4.0, 'China');
"""
PAIRS = [
    ("How many customers are from France?", "SELECT count(*) FROM customer WHERE country = 'France'"),
    ("Who was born in 1990?", "SELECT name FROM customer WHERE born = 1990"),
    ("Name the three most expensive items.", "SELECT title FROM item ORDER BY price DESC LIMIT 3"),
    ("Who joined on 2020-01-05?", "SELECT name FROM customer WHERE joined = '2020-01-05'"),
    ("Which items have 'chocolate' in the title?", "SELECT title FROM item WHERE title LIKE '%chocolate%'"),
    (
        "Which customers from France were born in 1990?",
        "SELECT name FROM customer WHERE country = 'France' AND born = 1990",
    ),
    ("Are there 2 customers or 2 items?", "SELECT count(*) = 2 FROM customer"),
]


@pytest.fixture
def reuse(tmp_path: Path) -> FirstOf:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    catalog = Catalog()
    catalog.include(path)
    book = PairBook(tmp_path / "pairs.jsonl", catalog)
    for question, sql in PAIRS:
        assert book.add(question, sql, "shop").outcome == "added"
    return FirstOf([ExactReuse(book), ExchangedReuse(book, catalog.values)])


def answer(reuse: FirstOf, question: str) -> str | None:
    found = reuse.find(Question(question, "shop"))
    return found.example.sql if found else None


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("how many customers are from Spain", "SELECT count(*) FROM customer WHERE country = 'Spain'"),
        (
            "How many customers are from new zealand?",
            "SELECT count(*) FROM customer WHERE country = 'New Zealand'",
        ),
        ("Who was born in 1984?", "SELECT name FROM customer WHERE born = 1984"),
        ("Who was born in 2001?", "SELECT name FROM customer WHERE born = 2001"),
        ("Name the two most expensive items.", "SELECT title FROM item ORDER BY price DESC LIMIT 2"),
        ("Name the 5 most expensive items.", "SELECT title FROM item ORDER BY price DESC LIMIT 5"),
        ("Who joined on 2021-02-06?", "SELECT name FROM customer WHERE joined = '2021-02-06'"),
        ("Which items have 'tea' in the title?", "SELECT title FROM item WHERE title LIKE '%tea%'"),
        ('Which items have "it\'s" in the title?', "SELECT title FROM item WHERE title LIKE '%it''s%'"),
        (
            "Which customers from Spain were born in 1984?",
            "SELECT name FROM customer WHERE country = 'Spain' AND born = 1984",
        ),
    ],
)
def test_values_are_exchanged_by_their_kind(reuse: FirstOf, question: str, sql: str) -> None:
    assert answer(reuse, question) == sql


@pytest.mark.parametrize(
    "question",
    [
        "How many customers are not from Spain?",
        "How many items are from Spain?",
        "How many customers are from Peru?",  # a value of another column
        "How many customers are from Atlantis?",  # no value of the database
        "Name the three least expensive items.",
        "What is the average year in which customers from Spain were born?",
        "Who was born on 1984-01-01?",  # a date in place of a year
        "Are there 2 customers or 3 items?",  # one literal, two values
    ],
)
def test_questions_that_only_look_near_are_the_models(reuse: FirstOf, question: str) -> None:
    assert answer(reuse, question) is None


def test_the_note_says_what_was_exchanged(reuse: FirstOf) -> None:
    found = reuse.find(Question("Who was born in 1984?", "shop"))
    assert found is not None
    assert found.how == "exchanged"
    assert found.note == f"from your pair {found.example.id}, value exchanged: 1990 to 1984"
    assert found.example.question == "Who was born in 1990?"


def test_two_pairs_that_contradict_answer_nothing(reuse: FirstOf, tmp_path: Path) -> None:
    catalog = Catalog()
    catalog.include(tmp_path / "shop.sqlite")
    book = PairBook(tmp_path / "pairs.jsonl", catalog)
    assert (
        book.add("Who was born in 1983?", "SELECT id FROM customer WHERE born = 1983", "shop").outcome
        == "added"
    )
    both = ExchangedReuse(book, catalog.values)
    assert both.find(Question("Who was born in 1950?", "shop")) is None
