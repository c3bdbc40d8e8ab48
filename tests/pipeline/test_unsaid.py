"""The words of a question that its SQL leaves unsaid."""

from __future__ import annotations

import pytest

from nshot.pipeline.unsaid import find_unsaid


@pytest.mark.parametrize(
    ("question", "sql", "count"),
    [
        ("How many singers do we have?", "SELECT count(*) FROM singer", 0),
        ("How many entrepreneurs are there?", "SELECT count(*) FROM Customers", 1),
        ("Show the first names of all students", "SELECT FirstName FROM Student", 0),
        ("Which countries have cities?", "SELECT country FROM city_list", 0),
        ("Who lives in France?", "SELECT name FROM person WHERE lives_in = 'France'", 0),
        ("Who lives in Spain?", "SELECT name FROM person WHERE lives_in = 'France'", 1),
        ("Heads older than 56", "SELECT head FROM department WHERE age > 56", 1),
        ("Heads older than 56", "SELECT head FROM department WHERE age > 65", 2),
        ("What is the average of the weights?", 'SELECT avg("weight") FROM pets', 0),
        ("What is the average of the weights?", "", 1),
        ("", "SELECT 1", 0),
        ("北京有多少学生", "SELECT count(*) FROM 学生", 5),
    ],
)
def test_words_without_a_counterpart_are_counted(question: str, sql: str, count: int) -> None:
    assert len(find_unsaid(question, sql)) == count
