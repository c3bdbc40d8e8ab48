from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from nshot.errors import SqlParseError
from nshot.prompting import ddl, gold, gold_with_distractors
from nshot.types import Column, Schema, Table


def names(schema: Schema) -> dict[str, str]:
    return {table.name: " ".join(column.name for column in table.columns) for table in schema.tables}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT count(*) FROM head WHERE age > 56", {"head": "head_ID age"}),
        ("SELECT * FROM head", {"head": "head_ID name born_state age"}),
        (
            "SELECT T2.* FROM department AS T1 JOIN head AS T2 ON T1.ranking = T2.age",
            {"department": "Department_ID Ranking", "head": "head_ID name born_state age"},
        ),
        (
            "SELECT name FROM head WHERE age > (SELECT avg(ranking) FROM department)",
            {"department": "Department_ID Ranking", "head": "head_ID name age"},
        ),
        (
            "SELECT T1.born_state FROM head AS T1 EXCEPT SELECT T1.name FROM department AS T1",
            {"department": "Department_ID Name", "head": "head_ID born_state"},
        ),
        (
            "SELECT x FROM (SELECT age AS x FROM head) WHERE x > 3",
            {"head": "head_ID age"},
        ),
        (
            "SELECT name FROM head WHERE EXISTS (SELECT 1 FROM management WHERE temporary_acting = age)",
            {"head": "head_ID name age", "management": "department_ID head_ID temporary_acting"},
        ),
        (
            "SELECT count(*) FROM head JOIN management USING (head_ID)",
            {"head": "head_ID", "management": "department_ID head_ID"},
        ),
        (
            "SELECT count(*) FROM head NATURAL JOIN management",
            {"head": "head_ID", "management": "department_ID head_ID"},
        ),
        (
            "WITH old AS (SELECT * FROM head WHERE age > 60) SELECT name FROM old",
            {"head": "head_ID name born_state age"},
        ),
        ('SELECT age FROM head WHERE name = "Name"', {"head": "head_ID name age"}),
    ],
)
def test_gold_keeps_what_the_sql_names_and_keys(
    departments: Schema, sql: str, expected: dict[str, str]
) -> None:
    assert names(gold(departments, sql)) == expected


def test_keys_that_join_gold_tables_stay_and_others_go(departments: Schema) -> None:
    part = gold(departments, "SELECT T1.name FROM head T1 JOIN management T2 ON T1.head_ID = T2.head_ID")
    assert [key.ref_table for key in part.foreign_keys] == ["head"]


def test_gold_tables_can_keep_all_their_columns(departments: Schema) -> None:
    part = gold(departments, "SELECT count(*) FROM head", all_columns=True)
    assert names(part) == {"head": "head_ID name born_state age"}


def test_a_table_without_key_and_column_named_keeps_its_first_column() -> None:
    schema = Schema("d", (Table("t", (Column("a"), Column("b"))),))
    assert names(gold(schema, "SELECT count(*) FROM t")) == {"t": "a"}


def test_sql_that_names_no_table_of_the_schema_keeps_everything(departments: Schema) -> None:
    assert gold(departments, "SELECT 1") == departments
    assert gold_with_distractors(departments, "SELECT 1", 0) == departments


@pytest.mark.parametrize("sql", ["SELECT FROM WHERE (", "", "(head) UNION SELECT 1"])
def test_what_is_no_sql_is_refused(departments: Schema, sql: str) -> None:
    with pytest.raises(SqlParseError):
        gold(departments, sql)


def test_a_statement_that_is_no_query_keeps_the_tables_that_it_names(departments: Schema) -> None:
    assert names(gold(departments, "DROP TABLE head")) == {"head": "head_ID"}


def test_distractors_depend_on_nothing_but_the_seed(departments: Schema) -> None:
    sql = "SELECT age FROM head"
    drawn = [gold_with_distractors(departments, sql, seed) for seed in range(30)]
    assert drawn == [gold_with_distractors(departments, sql, seed) for seed in range(30)]
    assert len(set(drawn)) > 5


def test_distractors_are_added_to_the_gold_part_in_the_databases_order(departments: Schema) -> None:
    needed = gold(departments, "SELECT age FROM head")
    order = [table.name for table in departments.tables]
    for seed in range(30):
        part = gold_with_distractors(departments, "SELECT age FROM head", seed, max_tables=1)
        assert len(part.tables) <= 2
        assert [table.name for table in part.tables] == sorted(names(part), key=order.index)
        kept = part.table("head")
        assert kept is not None
        assert set(needed.tables[0].columns) <= set(kept.columns)


@pytest.mark.spider
@pytest.mark.parametrize(
    ("file", "step"), [("dev.json", 1), ("train_spider.json", 7), ("train_others.json", 7)]
)
def test_sqlite_compiles_every_gold_query_on_its_gold_schema(spider: Path, file: str, step: int) -> None:
    from nshot.data import Catalog

    catalog = Catalog(spider)
    failures = []
    for row in json.loads((spider / file).read_text("utf-8"))[::step]:
        schema = catalog.schema(row["db_id"])
        if not compiles(schema, row["query"]):
            continue
        parts = (gold(schema, row["query"]), gold_with_distractors(schema, row["query"], 1))
        if not all(compiles(part, row["query"]) for part in parts):
            failures.append((row["db_id"], row["query"]))
    assert failures == []


def compiles(schema: Schema, sql: str) -> bool:
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(ddl(schema))
        connection.execute(f"EXPLAIN {sql}")
    except sqlite3.Error:
        return False
    finally:
        connection.close()
    return True
