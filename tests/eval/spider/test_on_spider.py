"""Against Spider itself: its own parsed statements, and the official verdicts on published
predictions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.eval.conftest import PublishedSystem

from nshot.eval.spider import SpiderJudge, SpiderSchema, foreign_key_classes, parse_statement
from nshot.eval.spider.statement import (
    STAR,
    ColumnUnit,
    Conditions,
    SelectItem,
    SpiderStatement,
    Value,
    ValueUnit,
)

pytestmark = pytest.mark.spider

AGGREGATES = ("", "max", "min", "count", "sum", "avg")
OPERATORS = ("", "-", "+", "*", "/")
COMPARISONS = "not between = > < >= <= != in like is exists".split()


@pytest.fixture(scope="module")
def entries(spider: Path) -> dict[str, dict[str, Any]]:
    """Entries of tables.json by database."""
    listed = json.loads((spider / "tables.json").read_text(encoding="utf-8"))
    return {entry["db_id"]: entry for entry in listed}


@pytest.fixture(scope="module")
def schema_of(spider: Path) -> Callable[[str], SpiderSchema]:
    return cache(lambda db_id: SpiderSchema.read(spider / "database" / db_id / f"{db_id}.sqlite"))


class ToJson:
    """Statements in the form and the code numbers of Spider's JSON."""

    def __init__(self, entry: dict[str, Any]) -> None:
        tables = [name.lower() for name in entry["table_names_original"]]
        self._tables = {table: index for index, table in enumerate(tables)}
        self._columns = {
            (tables[table], name.lower()) if table >= 0 else STAR: index
            for index, (table, name) in enumerate(entry["column_names_original"])
        }

    def statement(self, statement: SpiderStatement | None) -> dict[str, Any] | None:
        if statement is None:
            return None
        order = statement.order_by
        followers = dict.fromkeys(("intersect", "union", "except"))
        if statement.set_word:
            followers |= {statement.set_word: self.statement(statement.follower)}
        return {
            "select": [statement.select.distinct, [self._item(item) for item in statement.select.items]],
            "from": {
                "table_units": [self._unit(unit) for unit in statement.source.units],
                "conds": self._conditions(statement.source.conditions),
            },
            "where": self._conditions(statement.where),
            "groupBy": [self._column_unit(unit) for unit in statement.group_by],
            "having": self._conditions(statement.having),
            "orderBy": [order.direction, [self._value_unit(unit) for unit in order.units]] if order else [],
            "limit": statement.limit,
            **followers,
        }

    def _unit(self, unit: str | SpiderStatement) -> list[Any]:
        return ["table_unit", self._tables[unit]] if isinstance(unit, str) else ["sql", self.statement(unit)]

    def _item(self, item: SelectItem) -> list[Any]:
        return [AGGREGATES.index(item.aggregate), self._value_unit(item.unit)]

    def _column_unit(self, unit: ColumnUnit | None) -> list[Any] | None:
        return unit and [AGGREGATES.index(unit.aggregate), self._columns[unit.column], unit.distinct]

    def _value_unit(self, unit: ValueUnit) -> list[Any]:
        return [OPERATORS.index(unit.operator), self._column_unit(unit.left), self._column_unit(unit.right)]

    def _conditions(self, conditions: Conditions) -> list[Any]:
        return [
            part
            if isinstance(part, str)
            else [
                part.negated,
                COMPARISONS.index(part.comparison),
                self._value_unit(part.unit),
                self._value(part.value),
                self._value(part.value2),
            ]
            for part in conditions
        ]

    def _value(self, value: Value) -> Any:
        if isinstance(value, SpiderStatement):
            return self.statement(value)
        return self._column_unit(value) if isinstance(value, ColumnUnit) else value


def limits_as_one(sql: Any) -> Any:
    """The JSON with 1 for every limit: the newer program does not read the number."""
    if isinstance(sql, dict):
        return {
            key: 1 if key == "limit" and value is not None else limits_as_one(value)
            for key, value in sql.items()
        }
    return [limits_as_one(part) for part in sql] if isinstance(sql, list) else sql


def test_dev_parses_to_the_structures_in_its_own_file(
    spider: Path, entries: dict[str, dict[str, Any]], schema_of: Callable[[str], SpiderSchema]
) -> None:
    dev = json.loads((spider / "dev.json").read_text(encoding="utf-8"))
    differing = [
        index
        for index, row in enumerate(dev)
        if ToJson(entries[row["db_id"]]).statement(parse_statement(row["query"], schema_of(row["db_id"])))
        != limits_as_one(row["sql"])
    ]
    assert len(dev) == 1034
    assert differing == []


def test_verdicts_are_the_official_ones_row_by_row(
    predictions: Sequence[PublishedSystem],
    entries: dict[str, dict[str, Any]],
    schema_of: Callable[[str], SpiderSchema],
) -> None:
    @cache
    def judge(db_id: str, classic: bool) -> SpiderJudge:
        return SpiderJudge(schema_of(db_id), foreign_key_classes(entries[db_id]), classic=classic)

    differing = []
    for system in predictions:
        for (gold, db_id), predicted, verdict in zip(
            system.gold, system.predicted, system.verdicts, strict=True
        ):
            newer = judge(db_id, False).judge(gold, predicted)
            older = judge(db_id, True).judge(gold, predicted)
            got = (newer.em, newer.hardness, newer.parse_error, older.em, older.parse_error)
            fields = ("em", "hardness", "parse_error", "em_spider", "parse_error_spider")
            if got != tuple(verdict[name] for name in fields):
                differing.append((system.name, verdict["i"], got))
    assert differing == []


def test_two_keys_to_one_column_make_one_class(entries: dict[str, dict[str, Any]]) -> None:
    classes = foreign_key_classes(entries["flight_2"])
    airport = ("airports", "airportcode")
    assert classes[("flights", "sourceairport")] == classes[("flights", "destairport")] == airport
