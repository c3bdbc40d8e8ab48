"""Hardness on the parsed structure."""

from __future__ import annotations

import pytest
from tests.eval.spider.conftest import rows

from nshot.eval.spider import SpiderSchema, parse_statement
from nshot.eval.spider.hardness import hardness_counts, structure_hardness


@pytest.mark.parametrize(("gold", "components", "nested", "others", "level"), rows("hardness.tsv"))
def test_the_specified_counts_come_out(
    schema: SpiderSchema, gold: str, components: str, nested: str, others: str, level: str
) -> None:
    statement = parse_statement(gold, schema)
    assert hardness_counts(statement) == (int(components), int(nested), int(others))
    assert structure_hardness(statement) == level


@pytest.mark.parametrize(
    ("sql", "counts"),
    [
        # negations and connectors of HAVING count as aggregates, the aggregates there do not
        (
            "SELECT name FROM singer GROUP BY name HAVING max(age) > 1 AND min(age) > 2 AND sum(age) > 3",
            (1, 0, 1),
        ),
        ("SELECT name FROM singer GROUP BY name HAVING max(age) NOT IN (1) AND min(age) > 2", (1, 0, 1)),
        ("SELECT name FROM singer GROUP BY name HAVING max(age) > 1", (1, 0, 0)),
        # an aggregate inside the value unit of a select item does not
        ("SELECT (max(age) - min(age)) FROM singer", (0, 0, 0)),
        ("SELECT name FROM singer ORDER BY max(age) - min(age)", (1, 0, 1)),
        # both ends of BETWEEN may be nested
        (
            "SELECT name FROM singer WHERE age BETWEEN (SELECT min(age) FROM singer) AND "
            "(SELECT max(age) FROM singer)",
            (1, 2, 0),
        ),
        # only direct children are nested
        (
            "SELECT name FROM singer WHERE age IN "
            "(SELECT age FROM singer WHERE age IN (SELECT age FROM singer))",
            (1, 1, 0),
        ),
        # ON counts for OR and LIKE
        ("SELECT count(*) FROM singer JOIN concert ON age LIKE 1 OR age = 2", (3, 0, 0)),
        ("SELECT name FROM singer GROUP BY name, age", (1, 0, 1)),
        ("SELECT count(*) FROM", (0, 0, 0)),
    ],
)
def test_what_counts(schema: SpiderSchema, sql: str, counts: tuple[int, int, int]) -> None:
    assert hardness_counts(parse_statement(sql, schema)) == counts
