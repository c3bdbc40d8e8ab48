from __future__ import annotations

import re
from itertools import islice

import pytest

from nshot.eval.execution.plug import _MARK, LIMIT, _analyse, plug_values

from ..conftest import PublishedSystem


def test_golds_values_come_in_every_place_in_every_combination() -> None:
    found = list(
        plug_values("SELECT a FROM t WHERE b = 'x' AND c > 7", "SELECT a FROM t WHERE b = 'Y' AND c > -2")
    )
    assert found == [
        "select a from t where b = 'Y' and c > 'Y'",
        "select a from t where b = 'Y' and c > -2",
        "select a from t where b = -2 and c > 'Y'",
        "select a from t where b = -2 and c > -2",
    ]


def test_without_places_the_words_alone_are_a_candidate() -> None:
    assert list(plug_values("SELECT A\n FROM T;", "SELECT a FROM t WHERE b = 1")) == ["select a from t"]


def test_places_without_values_give_no_candidate() -> None:
    assert list(plug_values("SELECT a FROM t LIMIT 1", "SELECT a FROM t")) == []


@pytest.mark.parametrize(
    ("gold", "value"),
    [
        ("SELECT a FROM t WHERE b = 1.50", "1.50"),
        ("SELECT a FROM t WHERE b = .5", ".5"),
        ("SELECT a FROM t WHERE b=3", "3"),
        ('SELECT a FROM t WHERE b = "x y"', '"x y"'),
        ("SELECT a FROM t LIMIT 20", "20"),
    ],
)
def test_numbers_and_strings_of_gold_are_values(gold: str, value: str) -> None:
    assert list(plug_values("SELECT a FROM t WHERE b = 0", gold)) == [f"select a from t where b = {value}"]


def test_aliases_are_no_values() -> None:
    assert list(plug_values("SELECT T1.a FROM t AS T1", "SELECT T2.a FROM t AS T2 WHERE T2.b = 4")) == [
        "select t1 . a from t as t1"
    ]


def test_the_number_of_candidates_has_a_limit() -> None:
    places = " AND ".join(f"a = {i}" for i in range(8))
    assert (
        len(
            list(
                islice(
                    plug_values(f"SELECT 1 FROM t WHERE {places}", f"SELECT 1 FROM t WHERE {places}"),
                    LIMIT + 1,
                )
            )
        )
        == LIMIT
    )


def read_by_sqlparse(sql: str) -> tuple[list[str], set[str]]:
    """Words with a mark for each value, and the values, from sqlparse's tokens."""
    sqlparse = pytest.importorskip("sqlparse")
    text = sql.strip().replace(";", "").replace("\t", "")
    joined = " ".join(token.value for token in sqlparse.parse(text)[0].flatten() if not token.is_whitespace)
    joined = re.sub(r"(T\d+\.)\s", r"\1", joined)
    values = []
    for token in list(sqlparse.parse(joined)[0].flatten()):
        if "Literal.String" in str(token.ttype):
            values.append(token.value)
            joined = joined.replace(token.value, _MARK)
    words = joined.split()
    for pattern in (r"[-+]?\d*\.\d+", r"[^tT]\d+"):
        found = {match.strip() for match in re.findall(pattern, " ".join(words))}
        values += [word for word in words if word in found]
        words = [_MARK if word in found else word for word in words]
    return [word if word == _MARK else word.lower() for word in words], set(values)


@pytest.mark.spider
def test_sqlparse_finds_the_same_values_in_published_predictions(
    predictions: tuple[PublishedSystem, ...],
) -> None:
    texts = sorted({sql for system in predictions for sql in system.predicted})[::17]
    different = []
    for text in texts:
        words, values = _analyse(text)
        if (words, set(values)) != read_by_sqlparse(text):
            different.append(text)
    assert texts
    assert different == []
