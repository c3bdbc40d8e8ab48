from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.sql import operators


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT name FROM singer", ""),
        ("SELECT DISTINCT name FROM singer WHERE a > 1 AND b < 2 OR c = 3", "distinct where and or"),
        ("SELECT a FROM t WHERE x BETWEEN 1 AND 2", "where between"),
        ("SELECT max(a), MIN(b), max FROM t, u LIMIT 5, 10", "max min join limit"),
        ("SELECT a FROM t LEFT OUTER JOIN u USING (a)", "join,left join"),
        ("SELECT a FROM t GROUP BY a, b HAVING count(*) > 1 ORDER BY a, b", "group by,having,count,order by"),
        ("SELECT a FROM t WHERE b NOT IN (SELECT c FROM u)", "where not in nested"),
        (
            "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u) AND b IS NOT NULL",
            "where,exists,nested,and,is null,not",
        ),
        ("SELECT a FROM t UNION SELECT a FROM u EXCEPT SELECT a FROM v", "union except"),
        ("SELECT a - b, -1, count(*) FROM t", "arithmetic count"),
        ("SELECT rank() OVER (PARTITION BY a) FROM t", "window"),
        ("SELECT 'union join' FROM t -- having", ""),
        ("SELECT t.limit FROM t", ""),
    ],
)
def test_operators_of_a_query(sql: str, expected: str) -> None:
    assert operators(sql) == frozenset(filter(None, expected.split("," if "," in expected else None)))


@given(st.text())
def test_any_text_has_operators(text: str) -> None:
    assert operators(text) == operators(text.strip())
