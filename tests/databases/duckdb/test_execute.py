"""Attacks on a DuckDB file: for each, the wall that refuses it."""

from __future__ import annotations

import datetime
import pickle
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.databases.duckdb.conftest import MakeDuckdb

from nshot.databases import Session, execute
from nshot.databases.duckdb.execute import load_values
from nshot.databases.duckdb.gate import NotParsed, Refused, check_tree
from nshot.databases.duckdb.worker import _connect, _side_effects
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)


@pytest.fixture
def shop(make_duckdb: MakeDuckdb) -> Path:
    return make_duckdb(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR);"
        "INSERT INTO item VALUES (1, 'cup'), (2, 'jug');"
        "CREATE SEQUENCE s; CREATE MACRO passwords() AS TABLE SELECT * FROM read_text('/etc/passwd')"
    )


def gate(sql: str) -> None:
    with closing(duckdb.connect(":memory:")) as connection:
        (tree,) = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone() or ("",)
    check_tree(tree, _side_effects())


BY_THE_TEXT = ["COPY item TO '/tmp/x'", "ATTACH 'x.db'", "SET threads = 9", "LOAD httpfs", "PRAGMA version"]

BY_THE_GATE = {
    "SELECT 1; SELECT 2": "more than one",
    "SELECT 1; DROP TABLE item": "not a query",
    "WITH x AS (INSERT INTO item VALUES (3, 'x') RETURNING id) SELECT * FROM x": "INSERT",
    "WITH x AS (DELETE FROM item RETURNING id) SELECT * FROM x": "DELETE",
    "INSTALL httpfs": "not a query",
    "DESCRIBE item": "DESCRIBE",
    "SUMMARIZE item": "SUMMARIZE",
    "SELECT * FROM (SHOW ALL TABLES)": "SHOW",
    "PIVOT item ON name USING sum(id)": "not a query",
    "SELECT * FROM query('SELECT 1')": "function query",
    "SELECT * FROM query_table('item')": "function query_table",
    "SELECT * FROM read_text('/etc/passwd')": "function read_text",
    "SELECT * FROM read_csv_auto('/etc/passwd')": "function read_csv_auto",
    "SELECT (SELECT count(*) FROM glob('/*'))": "function glob",
    "SELECT * FROM parquet_metadata('x')": "function parquet_metadata",
    "SELECT * FROM duckdb_secrets()": "function duckdb_secrets",
    "SELECT * FROM pragma_table_info('item')": "function pragma_table_info",
    "SELECT * FROM passwords()": "function passwords",
    "SELECT * FROM arrow_scan(1, 2, 3)": "function arrow_scan",
    "SELECT sleep_ms(1000)": "function sleep_ms",
    "SELECT nextval('s')": "function nextval",
    "SELECT setseed(0.5)": "function setseed",
    "SELECT write_log('x')": "function write_log",
}

BY_THE_ENGINE = {
    "CREATE TABLE x (a INTEGER)": "read-only",
    "INSERT INTO item VALUES (3, 'x')": "read-only",
    "SELECT nextval('s')": "read-only",
    "SELECT * FROM '/etc/passwd'": "does not exist",
    "SELECT * FROM passwords()": "file system operations are disabled",
    "SELECT * FROM read_csv('/etc/passwd')": "file system operations are disabled",
    "COPY item TO '/tmp/nshot-stolen.csv'": "file system operations are disabled",
    "COPY (SELECT 1) TO '/dev/stdout'": "file system operations are disabled",
    "EXPORT DATABASE '/tmp/nshot-stolen'": "disabled",
    "ATTACH '/tmp/nshot-new.duckdb' AS other": "disabled|Cannot",
    "LOAD httpfs": "disabled",
    "INSTALL httpfs": "disabled",
    "SET memory_limit = '100GB'": "locked",
    "SET enable_external_access = true": "locked|Cannot",
    "SET lock_configuration = false": "locked",
    "SELECT * FROM secret_of_this_program": "does not exist",
}


@pytest.mark.parametrize("sql", BY_THE_TEXT)
def test_the_text_alone_is_refused(sql: str) -> None:
    with pytest.raises(SqlRefusedError, match="is not allowed"):
        execute("nowhere.duckdb", sql)


@pytest.mark.parametrize("sql", BY_THE_GATE)
def test_the_gate_refuses(sql: str) -> None:
    with pytest.raises(Refused, match=BY_THE_GATE[sql]):
        gate(sql)


@pytest.mark.parametrize("sql", BY_THE_ENGINE)
def test_the_engine_refuses_what_would_pass_the_gate(shop: Path, sql: str) -> None:
    secret_of_this_program = duckdb.sql("SELECT 42")
    with closing(_connect(str(shop))) as connection, pytest.raises(duckdb.Error, match=BY_THE_ENGINE[sql]):
        connection.execute(sql).fetchall()
    assert secret_of_this_program


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lower(name), count(*) FILTER (WHERE id > 1) FROM item GROUP BY ALL ORDER BY 2 DESC LIMIT 3",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
        "FROM item SELECT name",
        "(SELECT 1) UNION (SELECT 2)",
        "VALUES (1), (2)",
        "SELECT * EXCLUDE (id) FROM item QUALIFY row_number() OVER (ORDER BY id) = 1",
        "SELECT date_trunc('month', current_date), strftime(now(), '%Y'), random(), uuid()",
        "SELECT list_transform([1, 2], x -> x + 1), {'a': 1}.a, unnest([1, 2])",
        "SELECT * FROM range(3) AS r, LATERAL (SELECT 1) AS one",
        "SELECT regexp_matches(name, 'c'), json_extract('{\"a\": 1}', '$.a') FROM item",
    ],
)
def test_queries_pass_the_gate(sql: str) -> None:
    gate(sql)


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT (", "(" * 3_000])
def test_text_that_does_not_parse_is_no_refusal(sql: str) -> None:
    with pytest.raises(NotParsed):
        gate(sql)


def test_refusals_and_errors_keep_their_kinds_and_nothing_changes(shop: Path) -> None:
    with pytest.raises(SqlRefusedError, match="refused: function query in FROM is not allowed"):
        execute(shop, "SELECT * FROM query('SELECT 1')")
    with pytest.raises(SqlExecutionError, match="syntax error"):
        execute(shop, "SELECT (")
    with pytest.raises(SqlTooLargeError, match="larger than"):
        execute(shop, "SELECT * FROM range(1000000)", max_rows=None, max_bytes=100_000)
    with pytest.raises(SqlTooLargeError):  # beyond the memory of the process
        execute(shop, "SELECT length(repeat('x', 3000000000))")
    with pytest.raises(SqlTimeoutError, match="stopped"):
        execute(shop, "SELECT count(*) FROM range(100000000000)", timeout=0.5)
    assert execute(shop, "SELECT count(*) FROM item").rows == ((2,),)
    assert [path.name for path in shop.parent.iterdir()] == [shop.name]


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotFoundError, match="no database file"):
        execute(tmp_path / "none.duckdb", "SELECT 1")
    (tmp_path / "text.duckdb").write_text("hello")
    with pytest.raises(DataError, match="cannot read the database"):
        execute(tmp_path / "text.duckdb", "SELECT 1")


def test_a_writer_in_another_program_is_named(shop: Path) -> None:
    with closing(duckdb.connect(str(shop))), pytest.raises(DataError, match="has it open for writing"):
        execute(shop, "SELECT 1")


def test_values_of_all_types_reach_the_parent(shop: Path) -> None:
    sql = (
        "SELECT 170141183460469231731687303715884105727, 1.50::DECIMAL(10, 2), DATE '2026-11-30',"
        " TIMESTAMPTZ '2026-11-30 12:00:00+02', TIME '10:00', INTERVAL 3 DAY, '\\xAA'::BLOB, [1, 2],"
        " {'x': [1]},"
        " MAP {'k': 1}, '82ca8e9b-8db6-4e18-bffe-e9486a99b8c8'::UUID, 'nan'::DOUBLE::VARCHAR, NULL, true"
    )
    assert execute(shop, sql).rows == (
        (
            170141183460469231731687303715884105727,
            Decimal("1.50"),
            datetime.date(2026, 11, 30),
            datetime.datetime(2026, 11, 30, 10, tzinfo=datetime.UTC),
            datetime.time(10),
            datetime.timedelta(days=3),
            b"\xaa",
            [1, 2],
            {"x": [1]},
            {"k": 1},
            "82ca8e9b-8db6-4e18-bffe-e9486a99b8c8",
            "nan",
            None,
            True,
        ),
    )


TIMES = "[DATE '-infinity'] AS l, {'a b': INTERVAL 1 MONTH, 'n': 1} AS s, MAP {'k': DATE 'infinity'} AS m"


def test_dates_and_intervals_that_python_has_no_value_for_are_text(shop: Path) -> None:
    sql = (
        "SELECT DATE 'infinity' AS d, TIMESTAMP '-infinity' AS d, TIMESTAMPTZ 'infinity' AS z,"
        f" INTERVAL '14 months 2 days' AS i, DATE '0044-03-15 (BC)' AS b, {TIMES}; -- all of them"
    )
    found = execute(shop, sql)
    assert found.columns == ("d", "d", "z", "i", "b", "l", "s", "m")
    assert found.rows == (
        (
            "infinity",
            "-infinity",
            "infinity",
            "1 year 2 months 2 days",
            "0044-03-15 (BC)",
            ["-infinity"],
            {"a b": "1 month", "n": 1},
            {"k": "infinity"},
        ),
    )


def test_the_last_day_of_python_and_days_without_months_stay_values(shop: Path) -> None:
    sql = (
        "SELECT d, i, n FROM (VALUES (DATE '9999-12-31', INTERVAL 40 DAY, 1), (NULL, INTERVAL 1 MONTH, 2))"
        " AS t(d, i, n) ORDER BY n"
    )
    assert execute(shop, sql).rows == (
        (datetime.date(9999, 12, 31), datetime.timedelta(days=40), 1),
        (None, "1 month", 2),
    )
    cut = execute(shop, "SELECT DATE 'infinity' FROM range(5)", max_rows=2)
    assert (cut.rows, cut.truncated) == ((("infinity",), ("infinity",)), True)


def test_nanoseconds_are_kept_as_text_and_other_instants_stay_values(shop: Path) -> None:
    at = "2020-01-01 00:00:00.123456"
    sql = (
        f"SELECT TIMESTAMP_NS '{at}789' AS a, TIMESTAMP_NS '{at}' AS b, '12:00:00.5000001'::TIME_NS AS c,"
        f" [TIMESTAMP_NS '{at}001'] AS l, NULL::TIMESTAMP_NS AS n, TIMESTAMP '{at}' AS t,"
        f" TIMESTAMP_NS '{at}789'::UNION(\"it's\" TIMESTAMP_NS, i INT) AS u,"
        f" 1::UNION(\"it's\" TIMESTAMP_NS, i INT) AS i, DATE 'infinity'::UNION(d DATE, i INT) AS d,"
        " TIMESTAMP_NS 'infinity' AS f"
    )
    value = datetime.datetime.fromisoformat(at)
    assert execute(shop, sql).rows == (
        (
            f"{at}789",
            value,
            "12:00:00.5000001",
            [f"{at}001"],
            None,
            value,
            f"{at}789",
            1,
            "infinity",
            "infinity",
        ),
    )


def test_a_reply_may_hold_values_only() -> None:
    assert load_values(pickle.dumps((datetime.date(2026, 1, 2), Decimal(1)))) == (
        datetime.date(2026, 1, 2),
        Decimal(1),
    )
    with pytest.raises(pickle.UnpicklingError, match="unexpected"):
        load_values(pickle.dumps(Path("x")))


def test_a_session_sees_a_file_that_changed(shop: Path) -> None:
    with Session() as session:
        assert session.execute(shop, "SELECT count(*) FROM item").rows == ((2,),)
        session.close()  # the file is free for a writer
        with closing(duckdb.connect(str(shop))) as connection:
            connection.execute("INSERT INTO item VALUES (3, 'pot')")
        assert session.execute(shop, "SELECT count(*) FROM item").rows == ((3,),)
