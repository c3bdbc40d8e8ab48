from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data import Catalog
from nshot.data.cells import BadField
from nshot.data.sql_check import SqlCheck, compile_problem
from nshot.databases import read_schema
from nshot.types import Column, Schema, Table


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT name FROM owner", ""),
        (" with x as (select 1) select * from x;", ""),
        ('SELECT name FROM Owner WHERE city = "Paris"', ""),
        ("-- all of them\nSELECT name FROM owner", ""),
        ("/* all */ SELECT name FROM owner; -- done", ""),
        ("SELECT value FROM owner, json_each('[1]')", ""),
        ("SELECT nome FROM Owner", "no such column: nome"),
        ("SELECT 1 FROM Dog", "no such table: Dog"),
        ("SELECT median(name) FROM Owner", "no such function: median"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("QUERY PLAN SELECT 1", "not a query"),
        ("WITH x AS (SELECT 1) DELETE FROM Owner", "not authorized"),
    ],
)
def test_sqlite_is_the_judge_of_names(pets: Path, sql: str, reason: str) -> None:
    found = compile_problem(sql, read_schema(pets))
    assert found is not None
    assert reason in found
    assert bool(reason) == bool(found)


def test_endless_sql_is_only_compiled(pets: Path) -> None:
    check = SqlCheck(Catalog(pets.parent))
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    assert check(endless, "pets").remark == ""


@pytest.mark.parametrize(
    "sql", ["DROP TABLE Pet", "PRAGMA writable_schema = 1", "ATTACH 'x' AS y", "SELECT 1; SELECT 2"]
)
def test_what_is_no_single_select_is_refused(pets: Path, sql: str) -> None:
    with pytest.raises(BadField, match="SQL"):
        SqlCheck(Catalog(pets.parent))(sql, "pets")
    with pytest.raises(BadField, match="SQL"):
        SqlCheck(None)(sql, "pets")


def test_tables_that_sqlite_cannot_make_fall_back_to_parsing() -> None:
    assert compile_problem("SELECT 1", Schema("d", (Table("t", (Column("a"), Column("A"))),))) is None


def test_sql_that_costs_memory_is_compiled_within_the_limits_of_the_sandbox(pets: Path) -> None:
    """Each step of the ladder doubles the query that SQLite compiles."""
    steps = [f"s{i + 1} AS (SELECT a.x FROM s{i} AS a, s{i} AS b)" for i in range(30)]
    ladder = f"WITH s0 AS (SELECT 1 AS x), {', '.join(steps)} SELECT * FROM s30"
    found = compile_problem(ladder, read_schema(pets))
    assert found is not None
    assert "memory" in found or "stopped" in found
    assert compile_problem("SELECT name FROM owner", read_schema(pets)) == ""


RECIPES = """
CREATE TABLE recipe(id INTEGER PRIMARY KEY, title TEXT, tags TEXT);
INSERT INTO recipe VALUES (1, 'Leek Soup', '["hot"]');
CREATE VIRTUAL TABLE recipe_fts USING fts5(title, content='recipe', content_rowid='id');
CREATE VIRTUAL TABLE place USING rtree(id, x0, x1);
"""


@pytest.mark.parametrize(
    ("sql", "remark"),
    [
        ("-- all recipes\nSELECT count(*) FROM recipe", ""),
        ("SELECT count(*) FROM recipe; -- all recipes", ""),
        ("SELECT count(*) FROM recipe -- all recipes", ""),
        ("SELECT title FROM recipe_fts WHERE recipe_fts MATCH 'soup'; /* soup */", ""),
        ("SELECT highlight(recipe_fts, 0, '*', '*') FROM recipe_fts ORDER BY rank", ""),
        ("SELECT title FROM recipe_fts('soup')", ""),
        ("SELECT id FROM place WHERE x0 > 1", ""),
        ("SELECT j.value FROM recipe r, json_each(r.tags) j", ""),
        ("SELECT json_extract(tags, '$[0]') FROM recipe", ""),
        ("SELECT titel FROM recipe_fts WHERE recipe_fts MATCH 'soup'", "no such column"),
        ("SELECT title FROM recipes_fts WHERE recipes_fts MATCH 'soup'", "no such table"),
    ],
)
def test_the_database_itself_is_asked_before_sql_is_called_rejected(
    make_database: Callable[[str, str], Path], sql: str, remark: str
) -> None:
    file = make_database("recipes/recipes.sqlite", RECIPES)
    found = SqlCheck(Catalog(file.parent.parent))(sql, "recipes").remark
    assert remark in found
    assert bool(remark) == bool(found)
