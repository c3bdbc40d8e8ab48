"""A database of the sample, loaded into each engine with its declared types: answers are those on
SQLite.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.databases.duckdb.conftest import make_duckdb
from tests.databases.mysql.conftest import make_mysql, mysql_server
from tests.databases.postgres.conftest import make_postgres, server

from nshot.data import Catalog, read_questions, sample_dir
from nshot.databases import execute, read_schema
from nshot.pipeline import PipelineConfig, make_pipeline
from nshot.pipeline.choose import choose
from nshot.prompting import PromptBuilder
from nshot.sql import quote_name, translate
from nshot.types import Column, Completion, Demonstration, Example, Question, Schema, Table

__all__ = ["make_duckdb", "make_mysql", "make_postgres", "mysql_server", "server"]

DB = "coffee_roastery"
TYPES = {"TEXT": "VARCHAR(255)", "REAL": "DOUBLE PRECISION"}
ITEMS = Schema(
    "shop", (Table("Item", (Column("Id", "integer"), Column("Name", "text"), Column("Kind", "text"))),), (),
    "postgres",
)  # fmt: skip


def script(file: Path) -> str:
    """The database as SQL that all engines read, with names in double quotes."""
    with closing(sqlite3.connect(file)) as connection:
        return "\n".join(statements(connection))


def statements(connection: sqlite3.Connection) -> Iterator[str]:
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
    ).fetchall()
    for (name,) in tables:
        info = connection.execute(f"PRAGMA table_info({quote_name(name)})").fetchall()
        key = [quote_name(one[1]) for one in sorted(info, key=lambda one: one[5]) if one[5]]
        parts = [f"{quote_name(one[1])} {TYPES.get(one[2], one[2])}" for one in info]
        parts += [f"PRIMARY KEY ({', '.join(key)})"] if key else []
        for _, _, other, column, ref, *_ in connection.execute(
            f"PRAGMA foreign_key_list({quote_name(name)})"
        ):
            parts.append(
                f"FOREIGN KEY ({quote_name(column)}) REFERENCES {quote_name(other)} ({quote_name(ref)})"
            )
        yield f"CREATE TABLE {quote_name(name)} ({', '.join(parts)});"
        for row in connection.execute(f"SELECT * FROM {quote_name(name)}"):
            values = ", ".join(literal(cell, one[2]) for cell, one in zip(row, info, strict=True))
            yield f"INSERT INTO {quote_name(name)} VALUES ({values});"


def literal(cell: Any, declared: str) -> str:
    if cell is None:
        return "NULL"
    if declared == "BOOLEAN":
        return "TRUE" if cell else "FALSE"
    return str(cell) if isinstance(cell, int | float) else "'" + str(cell).replace("'", "''") + "'"


def normal(rows: Any) -> Counter[tuple[str, ...]]:
    return Counter(tuple(map(value, row)) for row in rows)


def value(cell: Any) -> str:
    """One text for equal values of the engines."""
    if isinstance(cell, bool | int | float | Decimal):
        return f"{float(cell):.9g}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


@pytest.fixture(params=["make_duckdb", "make_postgres", "make_mysql"])
def loaded(request: pytest.FixtureRequest) -> str | Path:
    make: Callable[[str], str | Path] = request.getfixturevalue(request.param)
    file = Catalog.sample().path(DB)
    assert isinstance(file, Path)
    return make(script(file))


def test_gold_of_the_sample_gives_the_rows_of_sqlite(loaded: str | Path) -> None:
    schema, file = read_schema(loaded, DB), Catalog.sample().path(DB)
    assert file is not None
    rows = read_questions(sample_dir() / "dev.json") + read_questions(sample_dir() / "train_spider.json")
    gold = sorted({row.sql for row in rows if row.db_id == DB and row.sql})
    wrong = []
    for sql in gold:
        text = translate(sql, schema)
        try:
            found = normal(execute(loaded, text).rows)
        except Exception as error:  # noqa: BLE001 - all are tried
            wrong.append((sql, text, repr(error)))
            continue
        if found != normal(execute(file, sql).rows) and " LIMIT " not in sql.upper():  # ties
            wrong.append((sql, text, str(found)))
    assert not wrong, "\n".join(map(str, wrong))
    assert len(gold) > 10


@pytest.mark.model
def test_the_embedded_model_answers_as_on_sqlite(request: pytest.FixtureRequest) -> None:
    catalog = Catalog.sample()
    file = catalog.path(DB)
    assert isinstance(file, Path)
    made: list[str] = []
    for fixture in ("make_duckdb", "make_postgres", "make_mysql"):
        with contextlib.suppress(pytest.skip.Exception):  # no such server here
            made.append(catalog.include(str(request.getfixturevalue(fixture)(script(file)))).db_id)
    pipeline = make_pipeline(PipelineConfig.of(dtype="float32", shots=0), catalog=catalog)
    for text in ["How many farms do we have on our books?", "Which countries have at least two farms?"]:
        here, *others = pipeline.predict([Question(text, name, name) for name in (DB, *made)])
        assert here.rows is not None
        for other in others:
            assert other.rows is not None, other.attempts[0].error
            assert normal(here.rows.rows) == normal(other.rows.rows)


def test_an_answer_in_a_form_is_read_as_sqlites_and_one_that_is_not_stays_as_it_is() -> None:
    def first(text: str, form: Any) -> str:
        return choose([Completion(text, 1, "stop")], None, schema=ITEMS, form=form)[0].sql

    text = "SELECT Kind, Name, count(*) FROM Item WHERE Name LIKE 'a%' GROUP BY Kind"
    assert first(text, "written") == text
    assert first('select "Kind", "Name" from "Item" where "Name" like \'a%\' group by "Kind"', "tidy") == (
        'SELECT "Kind", (ARRAY_AGG("Name"))[1] AS "Name" FROM "Item" WHERE "Name" ILIKE \'a%\''
        ' GROUP BY "Kind"'
    )


def test_a_name_of_several_lines_is_found_before_it_could_become_a_text() -> None:
    schema = Schema("d", (Table("sale", (Column("in\nEUR", "integer"),)),), (), "postgres")
    completion = Completion('select "in EUR" from sale', 1, "stop")
    assert choose([completion], None, schema=schema, form="tidy")[0].sql == 'SELECT "in\nEUR" FROM sale'


def test_examples_of_other_databases_are_shown_in_the_dialect_of_the_question() -> None:
    own = Schema("other", (Table("city", (Column("Name", "text"), Column("State", "text"))),))
    example = Example(
        "1", "Which cities begin with a?", 'SELECT Name FROM city WHERE State = "A" LIMIT 2, 1', "other"
    )
    shown = PromptBuilder("n-shot").build(Question("Which?", "shop"), ITEMS, [Demonstration(example, own)])
    assert """SELECT "Name" FROM city WHERE "State" = 'A' LIMIT 1 OFFSET 2""" in shown.text
    plain = Schema("shop", ITEMS.tables)
    assert (
        'State = "A" LIMIT 2, 1'
        in PromptBuilder("n-shot")
        .build(Question("Which?", "shop"), plain, [Demonstration(example, own)])
        .text
    )
