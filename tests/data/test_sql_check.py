from __future__ import annotations

from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.data.cells import BadField
from nshot.data.sql_check import SqlCheck, sqlite_compiler
from nshot.databases import read_schema
from nshot.types import Column, Schema, Table


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT name FROM owner", ""),
        (" with x as (select 1) select * from x;", ""),
        ('SELECT name FROM Owner WHERE city = "Paris"', ""),
        ("SELECT nome FROM Owner", "no such column: nome"),
        ("SELECT 1 FROM Dog", "no such table: Dog"),
        ("SELECT median(name) FROM Owner", "no such function: median"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("QUERY PLAN SELECT 1", "not a query"),
        ("WITH x AS (SELECT 1) DELETE FROM Owner", "not authorized"),
    ],
)
def test_sqlite_is_the_judge_of_names(pets: Path, sql: str, reason: str) -> None:
    compile_ = sqlite_compiler(read_schema(pets))
    assert compile_ is not None
    found = compile_(sql)
    assert reason in found
    assert bool(reason) == bool(found)


def test_endless_sql_is_only_compiled(pets: Path) -> None:
    check = SqlCheck(Catalog(pets.parent))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    assert check(endless, "pets") == ""


@pytest.mark.parametrize(
    "sql", ["DROP TABLE Pet", "PRAGMA writable_schema = 1", "ATTACH 'x' AS y", "SELECT 1; SELECT 2"]
)
def test_what_is_no_single_select_is_refused(pets: Path, sql: str) -> None:
    with pytest.raises(BadField, match="SQL"):
        SqlCheck(Catalog(pets.parent))(sql, "pets")
    with pytest.raises(BadField, match="SQL"):
        SqlCheck(None)(sql, "pets")


def test_tables_that_sqlite_cannot_make_fall_back_to_parsing() -> None:
    assert sqlite_compiler(Schema("d", (Table("t", (Column("a"), Column("A"))),))) is None
