"""Rules that vary a clause keep question and SQL in step."""

from __future__ import annotations

import pytest

from nshot.training.data.multiplied.clauses import CLAUSE_RULES

CHANGED = [
    (
        "What is the average price of a loaf?", "SELECT avg(price) FROM product",
        "What is the total price of a loaf?", "SELECT sum(price) FROM product",
    ),
    (
        "Show the total amount per city.", "SELECT city, sum(amount) FROM fee GROUP BY city",
        "Show the average amount per city.", "SELECT city, avg(amount) FROM fee GROUP BY city",
    ),
    (
        "Highest score?", "SELECT MAX(score) FROM game",
        "Lowest score?", "SELECT min(score) FROM game",
    ),
    (
        "Which crop has the most harvests?", "SELECT c FROM h GROUP BY c ORDER BY count(*) DESC LIMIT 1",
        "Which crop has the fewest harvests?", "SELECT c FROM h GROUP BY c ORDER BY count(*) ASC LIMIT 1",
    ),
    (
        "Who is the most famous singer?", "SELECT name FROM singer ORDER BY fame DESC LIMIT 1",
        "Who is the least famous singer?", "SELECT name FROM singer ORDER BY fame ASC LIMIT 1",
    ),
    (
        "The cheapest plot?", "SELECT id FROM plot ORDER BY rent LIMIT 1",
        "The most expensive plot?", "SELECT id FROM plot ORDER BY rent DESC LIMIT 1",
    ),
    (
        "Names in ascending order of age.", "SELECT name FROM p ORDER BY age",
        "Names in descending order of age.", "SELECT name FROM p ORDER BY age DESC",
    ),
    (
        "Who is at least 30?", "SELECT name FROM p WHERE age >= 30",
        "Who is at most 30?", "SELECT name FROM p WHERE age <= 30",
    ),
    (
        "Plots rented after 1990", "SELECT id FROM t WHERE year > 1990",
        "Plots rented before 1990", "SELECT id FROM t WHERE year < 1990",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("question", "sql", "other", "turned"), CHANGED, ids=[one[0] for one in CHANGED])
def test_one_word_and_one_clause_change_together(question: str, sql: str, other: str, turned: str) -> None:
    made = [(one.question, one.sql) for rule in CLAUSE_RULES for one in rule(question, sql)]
    assert made == [(other, turned)]


UNCERTAIN = [
    ("The average and the total price?", "SELECT avg(price), sum(price) FROM product"),
    ("What is the total value of the orders?", "SELECT sum(total_value) FROM sales"),
    ("Highest and lowest score?", "SELECT max(score), min(score) FROM game"),
    ("The highest building", "SELECT name FROM building WHERE height > 100"),
    ("Most harvests and the most gardeners?", "SELECT a FROM h GROUP BY a ORDER BY count(*) DESC LIMIT 1"),
    ("The oldest by age, then name", "SELECT name FROM p ORDER BY age DESC, name LIMIT 1"),
    ("Who is older than 30 or younger than 10?", "SELECT name FROM p WHERE age > 30 OR age < 10"),
    ("Plots after 1990", "SELECT id FROM t WHERE start > 1990 AND rent > 3"),
]


@pytest.mark.parametrize(("question", "sql"), UNCERTAIN, ids=[one[0] for one in UNCERTAIN])
def test_what_is_not_certain_makes_nothing(question: str, sql: str) -> None:
    assert [one for rule in CLAUSE_RULES for one in rule(question, sql)] == []
