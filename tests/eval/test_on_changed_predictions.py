"""The official mode against a plain reading of its specification, on statements that nobody
published.
"""

from __future__ import annotations

import itertools
import random
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nshot.eval.config import EvalConfig
from nshot.eval.evaluator import Evaluator
from nshot.types import Question

from .conftest import PublishedSystem

ENDS = ("", ";", ";;", "; select", " -- c", "/* x", "; -- y", "' distinct", " ORDER BY 1", " LIMIT 3")


def changed(sql: str, drawn: random.Random) -> str:
    """The statement with something added, taken away or turned round."""
    ways = (
        lambda: sql.rstrip(";") + drawn.choice(ENDS),
        lambda: re.sub("(?i)select", "select distinct", sql, count=1),
        lambda: re.sub("(?i)distinct", "", sql),
        lambda: re.sub("(?i) order by.*", "", sql),
        lambda: re.sub("(?i)order by", "order  by", sql),
        lambda: re.sub(
            r"(?i)^select (.*?) from",
            lambda found: f"SELECT {', '.join(reversed(found[1].split(',')))} FROM",
            sql,
        ),
    )
    return drawn.choice(ways)()


def prepared(sql: str, *, keep_distinct: bool) -> str:
    sqlparse = pytest.importorskip("sqlparse")
    for operator in "<>!":
        sql = sql.replace(f"{operator} =", f"{operator}=")
    if keep_distinct:
        return sql
    return "".join(t.value for t in sqlparse.parse(sql)[0].flatten() if t.value.lower() != "distinct")


def rows(file: Path, sql: str) -> list[Any] | None:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda raw: raw.decode(errors="ignore")
        try:
            return connection.execute(sql).fetchall()
        except (sqlite3.Error, sqlite3.Warning):
            return None


def passes(file: Path, gold: str, predicted: str, *, keep_distinct: bool) -> bool:
    gold = prepared(gold, keep_distinct=keep_distinct)
    predicted = prepared(predicted.replace("value", "1"), keep_distinct=keep_distinct)
    ordered = "order by" in gold.lower()
    wanted, found = rows(file, gold), rows(file, predicted)
    assert wanted is not None
    if found is None or len(wanted) != len(found) or (wanted and len(wanted[0]) != len(found[0])):
        return False

    def as_compared(table: list[Any]) -> Any:
        return table if ordered else Counter(table)

    orders = itertools.permutations(range(len(wanted[0]))) if wanted else [()]
    return any(
        as_compared([tuple(row[i] for i in order) for row in found]) == as_compared(wanted)
        for order in orders
    )


@pytest.mark.spider
@pytest.mark.parametrize("keep_distinct", [False, True])
def test_changed_predictions_are_judged_as_specified(
    predictions: tuple[PublishedSystem, ...], spider: Path, keep_distinct: bool
) -> None:
    drawn = random.Random(5)
    evaluator = Evaluator(spider, config=EvalConfig(keep_distinct=keep_distinct, cache=False))
    every = [pair for system in predictions for pair in zip(system.gold, system.predicted, strict=True)]
    pairs: list[tuple[Question, str]] = []
    for (gold, db_id), predicted in drawn.sample(every, 400):
        pairs.append(
            (Question("", db_id, str(len(pairs)), gold), changed(drawn.choice((gold, predicted)), drawn))
        )
    found = evaluator.judge([question for question, _ in pairs], [sql for _, sql in pairs])
    expected = [
        passes(
            Path(evaluator.databases.main_file(question.db_id)),
            question.sql or "",
            sql,
            keep_distinct=keep_distinct,
        )
        for question, sql in pairs
    ]
    assert [one.ex for one in found] == expected
    assert 100 < sum(expected) < 380
