"""A small pool whose structures are known by eye."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from nshot.eval.measures import RetrievalJudge, parse_measures
from nshot.types import Example, Question

NAMES = "SELECT name FROM singer"
AGES = "SELECT age FROM dog"
COUNT = "SELECT count(*) FROM concert"
FILTER = "SELECT name FROM shop WHERE city = 'Bern'"
TOP = "SELECT name FROM shop ORDER BY sales DESC LIMIT 1"
NOT_IN = "SELECT name FROM shop WHERE id NOT IN (SELECT shop_id FROM sale)"
JOIN = "SELECT T1.name, count(*) FROM shop AS T1 JOIN sale AS T2 ON T1.id = T2.shop_id GROUP BY T1.id"

Values = Callable[..., dict[str, float]]


def example(sql: str, db_id: str = "shop", question: str = "") -> Example:
    return Example(f"{db_id}/{sql}", question or f"what gives {sql}", sql, db_id)


def asked(sql: str | None, db_id: str = "club", text: str = "How many?") -> Question:
    return Question(text, db_id, "q", sql)


POOL = [example(sql) for sql in (NAMES, AGES, COUNT, FILTER, TOP, NOT_IN, JOIN)]


@pytest.fixture
def values() -> Values:
    """`values("ndcg@3", question, examples)` -> value by text."""

    def take(measures: str, question: Question, examples: Sequence[Example]) -> dict[str, float]:
        judge = RetrievalJudge(POOL, parse_measures(measures))
        return {str(measure): value for measure, value in judge.values(question, examples).items()}

    return take
