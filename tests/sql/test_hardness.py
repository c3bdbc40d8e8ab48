from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.sql import hardness


def test_vectors_of_the_fixture_file(groups: Callable[[str], list[list[str]]]) -> None:
    wrong = [
        (sql, hardness(sql))
        for expected, *texts in groups("hardness.sql")
        for sql in texts
        if hardness(sql) != expected
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("official", "everyday"),
    [
        (
            "SELECT T1.a FROM t AS T1 JOIN u AS T2 ON T1.x = T2.x",
            "SELECT q.a FROM t q LEFT JOIN u r ON q.x = r.x",
        ),
        ("SELECT a FROM t WHERE x = 1 OR y = 2", "SELECT a FROM t WHERE (x = 1 OR y = 2)"),
        ("SELECT count(*) FROM t", "SELECT count(*) AS n FROM t"),
        ("SELECT a FROM t WHERE x != 1", "SELECT a FROM t WHERE x<>1;"),
        (
            "SELECT a FROM t WHERE x NOT IN (SELECT y FROM u)",
            "SELECT a FROM t WHERE NOT x IN (SELECT y FROM u)",
        ),
    ],
)
def test_everyday_sql_is_counted_like_its_official_spelling(official: str, everyday: str) -> None:
    assert hardness(everyday) == hardness(official)


def test_or_behind_a_column_value_is_swallowed_like_in_the_official_parser() -> None:
    assert hardness("SELECT a FROM t WHERE t.x = t.y OR t.z = 1") == "easy"
    assert hardness("SELECT a FROM t WHERE t.x = 1 OR t.z = 1") == "medium"


@given(st.text())
def test_any_text_has_a_class(text: str) -> None:
    assert hardness(text) in ("easy", "medium", "hard", "extra")


@pytest.mark.spider
def test_counts_on_train(gold: dict[str, list[tuple[str, str]]]) -> None:
    counts = Counter(hardness(row[0]) for name in ("train_spider", "train_others") for row in gold[name])
    assert counts == {"easy": 1983, "medium": 2999, "hard": 1921, "extra": 1756}


@pytest.mark.spider
def test_all_given_verdicts_agree(spider: Path) -> None:
    folders = sorted(spider.parent.glob("predictions/*/verdicts.json"))
    if not folders:
        pytest.skip("no verdicts beside Spider")
    wrong = []
    for path in folders:
        lines = path.with_name("gold.txt").read_text().splitlines()
        for verdict in json.loads(path.read_text())["examples"]:
            sql = lines[verdict["i"]].split("\t")[0]
            if hardness(sql) != verdict["hardness"]:
                wrong.append((path.parent.name, sql))
    assert wrong == []
