from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.eval.measures.bags import dice
from nshot.eval.measures.tree import mask_tree, pq_grams
from nshot.sql import parse

SAME = [
    ("SELECT name FROM singer", "select T1.AGE from dog as T1;"),
    ("SELECT a FROM t WHERE b = 1", 'SELECT x FROM u WHERE (y = "France")'),
    ("SELECT a FROM t WHERE b = 1 AND c = 2 AND d = 3", "SELECT a FROM t WHERE b = 1 AND (c = 2 AND d = 3)"),
    ("SELECT a, b FROM t, u", "SELECT a AS x, b FROM t JOIN u"),
    ("SELECT count(*) FROM (SELECT a FROM t)", "SELECT count(*) FROM (SELECT b FROM u) AS x"),
]
DIFFERENT = [
    ("SELECT a FROM t", "SELECT count(a) FROM t"),
    ("SELECT a FROM t", "SELECT * FROM t"),
    ("SELECT a FROM t ORDER BY b", "SELECT a FROM t ORDER BY b DESC"),
    ("SELECT a FROM t JOIN u ON x = y", "SELECT a FROM t LEFT JOIN u ON x = y"),
    ("SELECT a FROM t UNION SELECT b FROM u", "SELECT a FROM t UNION ALL SELECT b FROM u"),
    ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b > 1"),
    ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = c"),
    ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b NOT IN (1)"),
    ("SELECT a FROM t WHERE b IN (1)", "SELECT a FROM t WHERE b IN (SELECT c FROM u)"),
    ("SELECT my_f(a) FROM t", "SELECT your_f(a) FROM t"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_values_aliases_and_brackets_do_not_count(one: str, other: str) -> None:
    assert mask_tree(parse(one)) == mask_tree(parse(other))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_difference_of_structure_is_seen(one: str, other: str) -> None:
    assert pq_grams(one) != pq_grams(other)


def test_grams_of_a_small_query_by_hand() -> None:
    assert pq_grams("SELECT count(*) FROM singer") == {
        ("*", "select", "*", "*", "count"): 1,
        ("*", "select", "*", "count", "table"): 1,
        ("*", "select", "count", "table", "*"): 1,
        ("*", "select", "table", "*", "*"): 1,
        ("select", "count", "*", "*", "star"): 1,
        ("select", "count", "*", "star", "*"): 1,
        ("select", "count", "star", "*", "*"): 1,
        ("count", "star", "*", "*", "*"): 1,
        ("select", "table", "*", "*", "*"): 1,
    }


def test_a_clause_more_is_nearer_than_another_query() -> None:
    base, more, other = (
        pq_grams(sql)
        for sql in (
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM t WHERE b = 1 ORDER BY c",
            "SELECT count(*) FROM t JOIN u ON x = y GROUP BY z",
        )
    )
    assert base is not None
    assert more is not None
    assert other is not None
    assert 1 > dice(base, more) > 0.5 > dice(base, other) > 0


@pytest.mark.parametrize("sql", ["", "SELEC a", "SELECT a FROM t; SELECT b FROM u", "(" * 3000])
def test_what_cannot_be_read_has_no_tree(sql: str) -> None:
    assert pq_grams(sql) is None


def test_a_long_chain_is_one_node() -> None:
    grams = pq_grams("SELECT a FROM t WHERE " + " AND ".join(["b = 1"] * 400))
    assert grams is not None
    assert grams["where", "and", "eq", "eq", "eq"] == 398


@given(st.text())
def test_any_text_is_read_or_has_no_tree(text: str) -> None:
    grams = pq_grams(text)
    assert grams is None or grams.total() > 0
