from __future__ import annotations

import random

import pytest

from nshot.eval.execution.distinct import without_distinct

from ..conftest import PublishedSystem

GIVEN = {
    "SELECT DISTINCT a FROM t": "SELECT  a FROM t",
    "select count(Distinct a) from t": "select count( a) from t",
    "SELECT a FROM t UNION DISTINCT SELECT b FROM u": "SELECT a FROM t UNION  SELECT b FROM u",
    "SELECT 'distinct', \"distinct\", `distinct`, [distinct] FROM t": None,
    "SELECT 'a''distinct' , 'a\\'distinct' FROM t": None,
    "SELECT a -- distinct\nFROM t": None,
    "SELECT a # distinct\nFROM t": None,
    "SELECT a /* distinct */ FROM t": None,
    "SELECT distinct_a, a$distinct, _distinct FROM t": None,
    "SELECT @distinct, :distinct, $distinct": None,
    "SELECT t.distinct FROM t": "SELECT t. FROM t",
    "SELECT 'a distinct": "SELECT 'a ",
    "SELECT 1; SELECT 2": "SELECT 1; ",
    "SELECT 1;garbage": "SELECT 1;",
    "SELECT (1; distinct 2) ; x": "SELECT (1;  2) ; ",
    "SELECT ';' ; x": "SELECT ';' ; ",
    "distinct": "",
    "-- nothing": None,
}


@pytest.mark.parametrize("sql", GIVEN)
def test_distinct_goes_and_all_else_of_the_first_statement_stays(sql: str) -> None:
    expected = GIVEN[sql]
    assert without_distinct(sql) == (sql if expected is None else expected)


@pytest.mark.parametrize(
    ("sql", "kept"),
    [
        ("SELECT a FROM t\nGO\nSELECT DISTINCT b FROM t", "SELECT a FROM t\nGO"),
        ("SELECT a FROM (SELECT a FROM t GO 2 ; x) u", "SELECT a FROM (SELECT a FROM t GO 2 "),
        ("SELECT GO.a FROM golds AS GO WHERE GO.a > 1", "SELECT GO.a FROM golds AS GO "),
        ("SELECT go, t.GO, GOLD, 'GO', GO(1), GO .a FROM t -- GO", None),
    ],
)
def test_what_followed_a_go_was_kept(sql: str, kept: str | None) -> None:
    assert without_distinct(sql) == (sql if kept is None else kept)
    assert same(sql)


@pytest.mark.parametrize("sql", ["", " ", "\n\t"])
def test_a_blank_text_has_no_first_statement(sql: str) -> None:
    assert without_distinct(sql) is None


def oracle(sql: str) -> str | None:
    sqlparse = pytest.importorskip("sqlparse")
    statements = sqlparse.parse(sql)
    if not statements:
        return None
    return "".join(t.value for t in statements[0].flatten() if t.value.lower() != "distinct")


def same(sql: str) -> bool:
    """Equal but for white space at the end, which SQLite does not read."""
    theirs, ours = oracle(sql), without_distinct(sql)
    return (theirs or "").rstrip() == (ours or "").rstrip()


WORDS = """select distinct DISTINCT a b. count( ( ) ; 'x' ' " "q" ` [ ] -- /* */ @ : $ 1 1.5 _x case when end
union , = >= != + - * / '' "" join on 'it''s' t1.a limit 5 GO go""".split()


def test_sqlparse_agrees_on_random_texts() -> None:
    drawn = random.Random(7)
    texts = [
        "".join(drawn.choice(WORDS) + drawn.choice(("", " ", " ", "\n")) for _ in range(drawn.randint(1, 14)))
        for _ in range(3000)
    ]
    different = [text for text in texts if not same(text)]
    assert len(different) <= 3, different


@pytest.mark.spider
def test_sqlparse_agrees_on_published_predictions(predictions: tuple[PublishedSystem, ...]) -> None:
    texts = {
        sql for system in predictions for sql in system.predicted if "distinct" in sql.lower() or ";" in sql
    }
    assert [text for text in sorted(texts)[::7] if not same(text)] == []
