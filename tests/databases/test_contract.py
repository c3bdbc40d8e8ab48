"""What holds for every kind of database that SQL can be run on: one more kind is one more line in
KINDS.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nshot.databases import CellValues, Session, read_schema
from nshot.databases.backend import BACKENDS, Backend, Limits, bind
from nshot.errors import SqlExecutionError, SqlRefusedError, SqlTimeoutError, SqlTooLargeError
from nshot.types import ForeignKey

from .duckdb.conftest import make_duckdb
from .mysql.conftest import make_mysql, mysql_server, run_script
from .postgres.conftest import make_postgres, server

__all__ = ["make_duckdb", "make_mysql", "make_postgres", "mysql_server", "server"]

SCRIPT = """
CREATE TABLE town (id INT PRIMARY KEY, name VARCHAR(40));
CREATE TABLE park (id INT PRIMARY KEY, name VARCHAR(40), town_id INT REFERENCES town (id), "Open since" DATE);
CREATE VIEW big_park AS SELECT name FROM park;
INSERT INTO town VALUES (1, 'Norwick'), (2, 'Eastsea');
INSERT INTO park VALUES (1, 'Alder Field', 1, NULL), (2, 'Mill Green', 2, NULL), (3, 'O''Hara''s', 1, NULL);
"""


@dataclass(frozen=True)
class Kind:
    """How the tests reach a kind of database."""

    fixture: str
    """Makes a database from a script."""
    endless: str
    """A query that would run for hours."""
    long_text: str
    """An expression for a text of 1,000 characters."""
    write: Callable[[Any, str], None]
    """Runs a statement that writes."""


def write_sqlite(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(sql)


def write_duckdb(file: Path, sql: str) -> None:
    import duckdb

    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(sql)


def write_postgres(url: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(sql)


KINDS = {
    "sqlite": Kind(
        "make_sqlite",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "printf('%1000d', 1)",
        write_sqlite,
    ),
    "postgresql": Kind(
        "make_postgres",
        "SELECT count(*) FROM generate_series(1, 100000000000)",
        "repeat('x', 1000)",
        write_postgres,
    ),
    "mysql": Kind(
        "make_mysql",
        "SELECT count(*) FROM seq_1_to_100000000 AS a, seq_1_to_100000000 AS b WHERE a.seq + b.seq < 0",
        "repeat('x', 1000)",
        run_script,
    ),
    "duckdb": Kind(
        "make_duckdb", "SELECT count(*) FROM range(100000000000)", "repeat('x', 1000)", write_duckdb
    ),
}


@pytest.fixture
def make_sqlite(make_database: Callable[[str, str], Path]) -> Callable[[str], Path]:
    return lambda script: make_database("contract.sqlite", script)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[str(request.param)]


@pytest.fixture
def database(kind: Kind, request: pytest.FixtureRequest) -> Backend:
    make = request.getfixturevalue(kind.fixture)
    return bind(make(SCRIPT))


def test_every_kind_in_the_table_is_under_the_contract() -> None:
    assert {BACKENDS[scheme].module for scheme in KINDS} == {kind.module for kind in BACKENDS.values()}


def test_the_schema_holds_tables_then_views_with_keys(database: Backend) -> None:
    schema = database.schema("parks")
    assert (schema.db_id, schema.dialect, schema.left_out) == ("parks", database.dialect, ())
    assert {table.name for table in schema.tables[:2]} == {"town", "park"}
    assert schema.tables[2].name == "big_park"
    park = schema.table("park")
    assert park is not None
    assert [column.name for column in park.columns] == ["id", "name", "town_id", "Open since"]
    assert park.primary_key == ("id",)
    assert schema.foreign_keys == (ForeignKey("park", ("town_id",), "town", ("id",)),)


def test_values_are_those_of_the_columns_that_hold_text(database: Backend) -> None:
    values = CellValues.read(database.source, read_schema(database.source))
    assert values.complete
    found = {(match.table, match.value) for match in values.matches("Is Mill Green in Eastsea?")}
    assert found == {("park", "Mill Green"), ("big_park", "Mill Green"), ("town", "Eastsea")}


def test_rows_carry_columns_and_values_and_are_cut(database: Backend) -> None:
    sql = "SELECT name, id AS n FROM park WHERE name != 'Mill Green' ORDER BY id"
    rows = database.execute(sql, Limits())
    assert (rows.columns, rows.rows, rows.truncated) == (
        ("name", "n"),
        (("Alder Field", 1), ("O'Hara's", 3)),
        False,
    )
    cut = database.execute(sql, Limits(max_rows=1))
    assert (cut.rows, cut.truncated) == ((("Alder Field", 1),), True)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM park",
        "DROP TABLE park",
        "UPDATE park SET name = 'x'",
        "INSERT INTO town VALUES (9, 'x')",
        "CREATE TABLE x (a INT)",
        "WITH x AS (SELECT 1) DELETE FROM park",
        "SELECT 1; DROP TABLE park",
    ],
)
def test_what_is_no_query_is_refused_and_changes_nothing(database: Backend, sql: str) -> None:
    with pytest.raises(SqlRefusedError, match="refused"):
        database.execute(sql, Limits())
    assert database.execute("SELECT count(*) FROM park", Limits()).rows == ((3,),)


def test_each_limit_has_its_error(database: Backend, kind: Kind) -> None:
    with pytest.raises(SqlTimeoutError):
        database.execute(kind.endless, Limits(timeout=0.5))
    with pytest.raises(SqlTooLargeError):
        database.execute(f"SELECT {kind.long_text}", Limits(max_bytes=500))
    with pytest.raises(SqlExecutionError, match="nothing"):
        database.execute("SELECT nothing FROM park", Limits())


def test_a_session_gives_each_statement_its_own_verdict(database: Backend, kind: Kind) -> None:
    with Session(timeout=0.5) as session:
        with pytest.raises(SqlTimeoutError):
            session.execute(database.source, kind.endless)
        with pytest.raises(SqlRefusedError):
            session.execute(database.source, "DROP TABLE park")
        assert session.execute(database.source, "SELECT count(*) FROM park").rows == ((3,),)


def test_what_is_written_changes_the_version(kind: Kind, request: pytest.FixtureRequest) -> None:
    make = request.getfixturevalue(kind.fixture)
    source = make(SCRIPT)
    before = bind(source).version()
    assert before is not None
    kind.write(source, "INSERT INTO town VALUES (9, 'Westhill')")
    assert bind(source).version() != before


def test_content_is_known_where_there_is_a_state_only(database: Backend) -> None:
    assert (database.state() is None) == (database.content() is None)
    assert not database.is_stable("SELECT random(), current_date")
