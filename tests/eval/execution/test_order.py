from __future__ import annotations

import pytest

from nshot.eval.execution.order import final_order

ORDERED = [
    "SELECT a FROM t ORDER BY a",
    "select a from t\norder\tby a limit 3;",
    "SELECT a FROM t UNION SELECT b FROM u ORDER BY 1",
    "WITH x AS (SELECT 1) SELECT * FROM x ORDER BY 1 DESC",
    "SELECT a, CASE WHEN a THEN 1 END FROM t ORDER BY CASE WHEN a THEN 1 END",
]
UNORDERED = [
    "SELECT a FROM t",
    "SELECT a FROM t WHERE b IN (SELECT b FROM u ORDER BY c LIMIT 1)",
    "SELECT a FROM (SELECT a FROM t ORDER BY a)",
    "SELECT rank() OVER (ORDER BY a) FROM t",
    "SELECT 'order by a' FROM t",
    "SELECT a FROM t -- order by a",
    'SELECT "order by" FROM t',
    "WITH x AS (SELECT a FROM t ORDER BY a) SELECT a FROM x",
    "SELECT group_concat(a ORDER BY a) FROM t",
]


@pytest.mark.parametrize("sql", ORDERED)
def test_an_order_of_the_final_result_is_seen(sql: str) -> None:
    assert final_order(sql) is not None


@pytest.mark.parametrize("sql", UNORDERED)
def test_an_order_of_anything_else_is_not(sql: str) -> None:
    assert final_order(sql) is None


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT a, b FROM t ORDER BY 2", (1,)),
        ("SELECT a, count(*) AS n FROM t GROUP BY a ORDER BY n DESC, a", (1, 0)),
        ("SELECT a, count(*) FROM t GROUP BY a ORDER BY COUNT( * ) DESC", (1,)),
        ("SELECT a, b c FROM t ORDER BY c NULLS LAST", (1,)),
        ("SELECT t.a FROM t ORDER BY b, t.a ASC", (None, 0)),
        ("SELECT * FROM t ORDER BY b", (None,)),
    ],
)
def test_a_term_is_found_among_the_columns(sql: str, columns: tuple[int | None, ...]) -> None:
    order = final_order(sql)
    assert order is not None
    assert order.columns == columns


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT a FROM t ORDER BY b",
        "SELECT a FROM t UNION SELECT a FROM u ORDER BY b",
        "SELECT *, a AS b FROM t ORDER BY b",
    ],
)
def test_nothing_is_added_to_a_select_list_where_it_would_change_the_rows(sql: str) -> None:
    order = final_order(sql)
    assert order is not None
    assert order.insert_at == -1
