from __future__ import annotations

import gc
import socket
import threading
from contextlib import closing
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import OperationalError
from tests.databases.postgres.conftest import MakePostgres
from tests.databases.relay import relay

from nshot.databases import CellValues, Session, execute, read_schema
from nshot.databases.backend import Limits
from nshot.databases.postgres.execute import PostgresServer, _translate
from nshot.databases.postgres.gate import gate
from nshot.databases.postgres.watch import cut
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.types import LeftOut

REFUSED = {
    "WITH x AS (DELETE FROM item RETURNING 1) SELECT * FROM x": "DELETE",
    "WITH x AS (INSERT INTO item VALUES (1) RETURNING 1) SELECT * FROM x": "INSERT",
    "WITH x AS (UPDATE item SET a = 1 RETURNING 1) SELECT * FROM x": "UPDATE",
    "SELECT * INTO copy FROM item": "INTO",
    "SELECT * FROM item FOR UPDATE": "locking",
    "SELECT * FROM (SELECT * FROM item FOR SHARE) AS x": "locking",
    "SELECT pg_terminate_backend(1)": "pg_terminate_backend",
    'SELECT "pg_sleep"(10)': "pg_sleep",
    "SELECT pg_catalog.pg_sleep(10)": "pg_sleep",
    "SELECT public.lower('x')": "lower",
    "SELECT * FROM pg_ls_dir('.') AS f": "pg_ls_dir",
    "SELECT * FROM dblink('a', 'b') AS t(x int)": "dblink",
    "SELECT lo_import('/etc/passwd')": "lo_import",
    "SELECT set_config('a.b', 'c', false)": "set_config",
    "SELECT nextval('s')": "nextval",
    "SELECT query_to_xml('DELETE FROM item', true, true, '')": "query_to_xml",
    "SELECT /* /* */ 1 */ pg_sleep(1)": "pg_sleep",
    "SELECT 1; SELECT 2": "got 2",
    "SELECT $1": "parameter",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_the_gate_refuses_what_may_change_something(sql: str) -> None:
    with pytest.raises(SqlRefusedError, match="refused: ") as caught:
        gate(sql)
    assert REFUSED[sql] in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM item",
        "COPY item TO PROGRAM 'x'",
        "DO $$ BEGIN END $$",
        "CALL p()",
        "SET x = 1",
        "LOCK item",
    ],
)
def test_statements_are_refused_before_any_connection(sql: str) -> None:
    with pytest.raises(SqlRefusedError, match="is not allowed"):
        execute("postgresql://nobody@localhost:1/none", sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT lower(name), count(*) FROM item GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 3",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
        "(SELECT 1) UNION (SELECT 2)",
        "VALUES (1), (2)",
        "SELECT date_trunc('month', d), extract(year FROM d), d::date, a ->> 'x' FROM item",
        "SELECT string_agg(name, ',') FILTER (WHERE a > 1), rank() OVER (PARTITION BY a) FROM item",
        "SELECT a FROM item, LATERAL (SELECT 1) AS x, unnest(ARRAY[1, 2]) AS u",
    ],
)
def test_the_gate_lets_queries_pass(sql: str) -> None:
    assert gate(sql)


@pytest.mark.parametrize("sql", ["SELEC 1", "(" * 3_000, "SELECT 'open"])
def test_text_that_does_not_parse_is_an_execution_error(sql: str) -> None:
    with pytest.raises(SqlExecutionError, match="cannot parse SQL"):
        gate(sql)


def test_a_server_that_does_not_answer_is_a_data_error_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(DataError, match="cannot connect to") as caught:
        execute("postgresql://user:sekret@localhost:1/none", "SELECT 1", timeout=3)
    assert "sekret" not in str(caught.value)


@pytest.fixture
def url(make_postgres: MakePostgres) -> str:
    """A database with a table, and with a function of an innocent name that deletes its rows."""
    return make_postgres(
        "CREATE TABLE nshot_item (id int PRIMARY KEY, name text);"
        "INSERT INTO nshot_item VALUES (1, 'cup'), (2, 'fo%rk');"
        "CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql AS 'DELETE FROM nshot_item RETURNING 1'"
    )


def test_rows_of_a_server(url: str) -> None:
    found = execute(url, "SELECT id, name FROM nshot_item WHERE name LIKE '%o\\%%' ORDER BY id")
    assert (found.columns, found.rows, found.truncated) == (("id", "name"), ((2, "fo%rk"),), False)


def test_the_transaction_is_read_only_even_inside_functions(url: str) -> None:
    with pytest.raises(SqlRefusedError, match="refused by the server: cannot execute DELETE"):
        execute(url, "SELECT lower(1)")
    assert execute(url, "SELECT count(*) FROM nshot_item").rows == ((2,),)


def test_limits_hold_on_a_server(url: str) -> None:
    assert execute(url, "SELECT * FROM generate_series(1, 5)", max_rows=2).truncated
    with pytest.raises(SqlTooLargeError, match="larger than"):
        execute(url, "SELECT * FROM generate_series(1, 100000)", max_rows=None, max_bytes=100_000)
    with pytest.raises(SqlTimeoutError, match="deadline"):
        execute(url, "SELECT count(*) FROM generate_series(1, 10000000000)", timeout=0.5)


def test_errors_of_a_server_keep_their_kinds(url: str) -> None:
    with pytest.raises(SqlExecutionError, match='column "nothing" does not exist'):
        execute(url, "SELECT nothing FROM nshot_item")
    with pytest.raises(DatabaseNotFoundError, match="no database at"):
        execute(url.rpartition("/")[0] + "/nshot_no_such_database", "SELECT 1")


def test_a_session_keeps_its_connection_and_survives_its_errors(url: str) -> None:
    with Session(timeout=5) as session:
        first = session.execute(url, "SELECT count(*), random() FROM nshot_item").rows[0]
        with pytest.raises(SqlExecutionError):
            session.execute(url, "SELECT nothing")
        assert first[0] == 2
        assert session.execute(url, "SELECT id FROM nshot_item ORDER BY id", 1).truncated
        session.close()
        assert session.execute(url, "SELECT count(*) FROM nshot_item").rows == ((2,),)


def test_another_thread_can_end_a_statement_on_a_server(url: str) -> None:
    with Session(timeout=60) as session:
        threading.Timer(0.5, session.end).start()
        with pytest.raises(SqlTimeoutError):
            session.execute(url, "SELECT count(*) FROM generate_series(1, 10000000000)")
        with pytest.raises(SqlExecutionError, match="the session was ended"):
            session.execute(url, "SELECT 1")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_connection_of_a_server_that_does_not_react_is_cut(url: str) -> None:
    """Some functions of PostgreSQL cannot be cancelled, such as `format('%900000000s', 'x')`."""
    with closing(PostgresServer(url, 60)) as server:
        threading.Timer(0.5, lambda: cut(server._running)).start()
        with pytest.raises(DataError, match="the connection to the database was lost"):
            server.run("SELECT pg_sleep(60)", Limits(60))
    error = OperationalError("SELECT 1", None, Exception("closed"), connection_invalidated=True)
    assert isinstance(_translate(error, cut=True), SqlTimeoutError)
    gc.collect()  # psycopg warns of a cursor that cannot be closed


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cursor_that_cannot_be_closed_prints_nothing(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT repeat('x', 1000), a.a FROM generate_series(1, 100000) AS a, pg_class ORDER BY 1"
    with pytest.raises(SqlError):
        execute(url, sql, timeout=0.5, max_bytes=2_000)
    gc.collect()  # psycopg warns of a cursor that cannot be closed
    assert "Traceback" not in capfd.readouterr().err


def test_times_that_python_has_no_value_for_come_as_text(url: str) -> None:
    sql = (
        "SELECT CAST('infinity' AS date), CAST('2020-12-31' AS date), CAST('0044-03-15 BC' AS date),"
        " CAST('-infinity' AS timestamp), CAST('12000-01-01 08:00' AS timestamp), CAST('24:00' AS time),"
        " ARRAY[CAST('infinity' AS date)], CAST('1 month 2 days' AS interval), INTERVAL '1 year 2 months',"
        " INTERVAL '3 days 04:00', ARRAY[INTERVAL '-1 month']"
    )
    assert execute(url, sql).rows == (
        (
            "infinity",
            date(2020, 12, 31),
            "0044-03-15 BC",
            "-infinity",
            "12000-01-01 08:00:00",
            "24:00:00",
            ["infinity"],
            "1 mon 2 days",
            "1 year 2 mons",
            timedelta(days=3, hours=4),
            ["-1 mons"],
        ),
    )


def test_intervals_do_not_depend_on_the_style_of_the_role(url: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() ||"
            " ' SET intervalstyle = iso_8601'; END $$"
        )
    assert execute(url, "SELECT INTERVAL '1 month', INTERVAL '2 days'").rows == (
        ("1 mon", timedelta(days=2)),
    )


def test_a_session_gets_a_new_connection_where_the_server_ended_the_old_one(url: str) -> None:
    import psycopg

    with Session() as session:
        assert session.execute(url, "SELECT count(*) FROM nshot_item").rows == ((2,),)
        with psycopg.connect(url, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'nshot'"
            )
            assert ended.fetchall() == [(True,)]
        assert session.execute(url, "SELECT count(*) FROM nshot_item").rows == ((2,),)


@pytest.mark.parametrize("invalidated", [True, False])
def test_only_a_fault_of_the_connection_is_told_as_one(invalidated: bool) -> None:
    reason = Exception("server closed the connection")
    error = _translate(OperationalError("SELECT 1", None, reason, connection_invalidated=invalidated))
    if invalidated:
        assert (type(error), str(error)) == (DataError, f"the connection to the database was lost: {reason}")
    else:
        assert (type(error), str(error)) == (SqlExecutionError, str(reason))


def test_a_foreign_table_whose_server_is_gone_is_an_error_of_the_statement(
    make_postgres: MakePostgres,
) -> None:
    from psycopg.errors import FeatureNotSupported, UndefinedFile

    try:
        url = make_postgres(
            "CREATE EXTENSION postgres_fdw;"
            "CREATE SERVER gone FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1');"
            "CREATE USER MAPPING FOR CURRENT_USER SERVER gone;"
            "CREATE FOREIGN TABLE far (name text) SERVER gone;"
            "CREATE TABLE near (name text); INSERT INTO near VALUES ('Cup');"
        )
    except (FeatureNotSupported, UndefinedFile):
        pytest.skip("no postgres_fdw on this server")
    with pytest.raises(SqlExecutionError, match="could not connect to server"):
        execute(url, "SELECT name FROM far")
    schema = read_schema(url)
    assert [table.name for table in schema.tables] == ["far", "near"]
    values = CellValues.read(url, schema)
    assert [match.table for match in values.matches("a cup")] == ["near"]
    assert values.left_out == (LeftOut("far.name", 'could not connect to server "gone"'),)


READING = [
    "SELECT to_tsvector('english', name) @@ to_tsquery('english', 'cup & tea') FROM nshot_item",
    "SELECT ts_rank(to_tsvector(name), plainto_tsquery('cup')) FROM nshot_item",
    "SELECT ts_headline(name, websearch_to_tsquery('cup')) FROM nshot_item ORDER BY id",
    "SELECT extract(epoch FROM now()) > 0, date_trunc('month', timestamptz '2026-01-31' AT TIME ZONE 'UTC')",
    "SELECT (date '2026-01-01', date '2026-01-31') OVERLAPS (date '2026-01-15', date '2026-03-01')",
    "SELECT date_bin('15 minutes', timestamptz '2026-01-01 00:07Z', timestamptz '2001-01-01Z')",
    "SELECT '[1,5)'::int4range @> 3, int4range(1, 5) && int4range(4, 9), upper(int4range(1, 5)),"
    " daterange('2026-01-01', '2026-02-01') -|- daterange('2026-02-01', '2026-03-01')",
    """SELECT '{"a": {"b": [1, 2]}}'::jsonb #>> '{a,b,1}', '{"k": 1}'::jsonb ? 'k'""",
    """SELECT '{"k": 1}'::jsonb @> '{"k": 1}'""",
    """SELECT '{"k": 1}'::jsonb @? '$.k', jsonb_path_query_array('[1, 2]', '$[*]')""",
    "SELECT array_agg(id ORDER BY id DESC), 2 = ANY(ARRAY[1, 2]), (ARRAY[1, 2, 3])[2:3] FROM nshot_item",
    "SELECT name ILIKE ANY(ARRAY['%CUP%']), name ~* 'CUP', name SIMILAR TO '%p' FROM nshot_item ORDER BY id",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id), count(*) FILTER (WHERE id > 1) FROM nshot_item",
    "SELECT DISTINCT ON (id) id, name FROM nshot_item ORDER BY id, name DESC",
    "SELECT id FROM nshot_item ORDER BY id FETCH FIRST 1 ROWS WITH TIES",
    "SELECT v, n FROM unnest(ARRAY['a', 'b']) WITH ORDINALITY AS u (v, n)",
    "SELECT (interval '1 year 2 months' * 2)::text, age(date '2026-01-31', date '2025-01-01')::text",
    "SELECT INTERVAL '3 days 04:00', INTERVAL '1 day ago', INTERVAL '3 4:05' DAY TO MINUTE, interval '2' day",
    "SELECT make_interval(days => 3)",
    "SELECT current_setting('standard_conforming_strings'), has_table_privilege('nshot_item', 'SELECT')",
    "SELECT pg_size_pretty(pg_table_size('nshot_item')), pg_column_size(name) FROM nshot_item ORDER BY id",
    "SELECT 2 > ALL(ARRAY[0, 1]), generate_subscripts(ARRAY[4, 5], 1), to_regtype('int')",
    "SELECT (xpath('/a/text()', xmlconcat('<a>1</a>'::xml, xmlcomment('x'))))[1]::text",
    "SELECT 1e400::numeric, 12345678901234567890123456789012345678901234567890, decode('ff00', 'hex')",
    r"SELECT E'a\nb', $$do''llar$$, U&'\0041', B'101'",
    "SELECT grouping(name), count(*) FROM nshot_item GROUP BY ROLLUP (name) ORDER BY 1, 2",
]


@pytest.mark.parametrize("sql", READING)
def test_what_only_reads_passes_and_means_the_same_behind_the_gate(url: str, sql: str) -> None:
    import psycopg

    with psycopg.connect(url) as connection:
        assert execute(url, sql).rows == tuple(connection.execute(sql).fetchall())


def test_the_time_of_day_passes(url: str) -> None:
    assert execute(url, "SELECT current_time, current_time(0), localtime, current_timestamp(0)").rows


def test_rows_are_fetched_in_pieces_that_fit_the_limit_of_bytes(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.engine import CursorResult

    asked: list[int | None] = []
    fetch = CursorResult.fetchmany

    def count(self: CursorResult[tuple[str]], size: int | None = None) -> object:
        asked.append(size)
        return fetch(self, size)

    monkeypatch.setattr(CursorResult, "fetchmany", count)
    with pytest.raises(SqlTooLargeError):
        execute(url, "SELECT repeat('x', 400000) FROM generate_series(1, 1000)", max_bytes=1_000_000)
    assert asked[0] == 1
    assert sum(size or 0 for size in asked) <= 3  # of a thousand
    asked.clear()
    execute(url, "SELECT i FROM generate_series(1, 5000) AS s(i)")
    assert len(asked) < 20


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    pytest.importorskip("psycopg")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://me:sekret@127.0.0.1:{silent.getsockname()[1]}/shop"
        with pytest.raises(DataError, match="cannot connect to") as caught:
            execute(url, "SELECT 1", timeout=1)
    assert "sekret" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_falls_silent_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nshot.databases.postgres.execute._GRACE", 0.2)
    monkeypatch.setattr("nshot.databases.reflection._SILENCE", 0.5)
    with relay(url) as way, Session(timeout=0.5) as session:
        assert session.execute(way.url, "SELECT count(*) FROM nshot_item").rows == ((2,),)
        way.until = b"\0"  # whatever is sent
        with pytest.raises(DataError, match=r"cannot connect to .*: the server says nothing more"):
            session.execute(way.url, "SELECT 1")
        way.restore()
        assert session.execute(way.url, "SELECT count(*) FROM nshot_item").rows == ((2,),)
        way.until = b"RANDOM"
        with pytest.raises(SqlTimeoutError):
            execute(way.url, "SELECT random()", timeout=0.5)
        way.restore()
        way.until = b"pg_class"
        with pytest.raises(DataError, match=r"cannot read .*: the server says nothing more"):
            read_schema(way.url)
    gc.collect()  # psycopg warns of a cursor that cannot be closed
