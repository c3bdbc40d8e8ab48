"""Recall of the relevant scope on real Spider. The table of docs/prompting.md is printed by:

pytest tests/prompting/test_relevant_on_spider.py -s
"""

from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog, read_questions
from nshot.prompting.linking.find_named import find_named
from nshot.prompting.linking.relevance import relevance
from nshot.prompting.linking.relevant import table_order, units
from nshot.prompting.serialize.links import Links
from nshot.types import CellMatch, Question, Schema

MANY = 7
TABLES = (1, 2, 3, 4, 5, 6, 8)
SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
FLOORS = {False: (0.97, 0.99), True: (0.98, 0.995)}
"""With and without cell values: share of questions whose tables are all among the first 4, and 6.
"""


@pytest.mark.spider
@pytest.mark.parametrize("values", [False, True])
def test_gold_tables_are_among_the_first(spider: Path, values: bool) -> None:
    catalog = Catalog(spider, spider / "tables.json")
    found = []
    for question in read_questions(spider / "dev.json"):
        schema = catalog.schema(question.db_id)
        matches = catalog.values(question.db_id).matches(question.text) if values else ()
        found.append((len(schema.tables), *needed(question, schema, matches)))
    for least in (1, MANY):
        show(f"at least {least} tables, cell values: {values}", [row for row in found if row[0] >= least])
    within = {most: sum(place <= most for _, place, _ in found) / len(found) for most in TABLES}
    assert within[4] >= FLOORS[values][0]
    assert within[6] >= FLOORS[values][1]


def show(title: str, found: list[tuple[int, int, float]]) -> None:
    """Prints one part of the table."""
    print(f"\n{title}, {len(found)} questions")
    for most in TABLES:
        print(f"  {most} tables: {sum(place <= most for _, place, _ in found) / len(found):.1%}")
    for part in SHARES:
        print(f"  {part:.0%} of the columns: {sum(share <= part for *_, share in found) / len(found):.1%}")


def needed(question: Question, schema: Schema, matches: tuple[CellMatch, ...]) -> tuple[int, float]:
    """How many tables, and which share of all columns, must be kept until the gold SQL has all it
    names.
    """
    gold = find_named(schema, question.sql or "")
    order = list(table_order(relevance(schema, question.text, matches), Links(schema)))
    missing = {(table, column) for table, columns in gold.items() for column in columns}
    absent, kept = set(gold), 0
    for unit in units(schema, question.text, matches):
        if not missing and not absent:
            break
        kept += len(unit.columns)
        missing -= {(unit.table, column) for column in unit.columns}
        absent.discard(unit.table)
    total = sum(len(table.columns) for table in schema.tables)
    return max(order.index(table) for table in gold) + 1, kept / total
