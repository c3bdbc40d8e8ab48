from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.databases.mysql.conftest import MakeMysql, run_script
from tests.databases.relay import relay

from nshot.databases import Session, execute
from nshot.databases.backend import Limits
from nshot.databases.mysql.execute import MysqlServer
from nshot.errors import (
    DatabaseNotFoundError,
    DataError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)

ENDLESS = "SELECT count(*) FROM seq_1_to_100000000 AS a, seq_1_to_100000000 AS b WHERE a.seq + b.seq < 0"

BY_THE_TRANSACTION = {
    "INSERT INTO item VALUES (9, 'x')": "READ ONLY",
    "DELETE FROM item": "READ ONLY",
    "UPDATE item SET name = 'x'": "READ ONLY",
    "SELECT deleting()": "READ ONLY",
    "SELECT 1; DROP TABLE item": "syntax",
    "CREATE TABLE nshot_x (a INT)": "READ ONLY",
}
"""As root, without the gate."""
BY_THE_USER = {
    "INSERT INTO item VALUES (9, 'x')": "command denied",
    "CREATE TABLE nshot_x (a INT)": "command denied",
    "CREATE TEMPORARY TABLE nshot_x (a INT)": "[Aa]ccess denied",
    "TRUNCATE item": "command denied",
    "SELECT 1 INTO OUTFILE '/tmp/nshot-stolen'": "[Aa]ccess denied",
    "SET GLOBAL max_connections = 1": "[Aa]ccess denied",
    "SELECT deleting()": "execute command denied",
    "SELECT * FROM mysql.global_priv": "command denied",
}
"""As a user that may only SELECT, without the gate and outside of the transaction."""


@pytest.fixture
def url(make_mysql: MakeMysql) -> str:
    """A database with a table, and with a function that deletes its rows."""
    return make_mysql(
        "CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40)) ENGINE = InnoDB;"
        "INSERT INTO item VALUES (1, 'cup'), (2, 'fo%rk');"
        "CREATE FUNCTION deleting() RETURNS INT MODIFIES SQL DATA BEGIN DELETE FROM item; RETURN 1; END"
    )


@pytest.fixture
def as_reader(url: str, mysql_server: str) -> Iterator[str]:
    """The same database, as a user that may only SELECT in it."""
    name = f"reader_{url.rpartition('_')[2]}"
    database = url.rpartition("/")[2]
    run_script(mysql_server, f"CREATE USER {name}@'%'; GRANT SELECT ON {database}.* TO {name}@'%'")
    yield url.replace("//root@", f"//{name}@")
    run_script(mysql_server, f"DROP USER {name}@'%'")


def run_ungated(url: str, sql: str) -> object:
    with closing(MysqlServer(url)) as server:
        return server.run(sql, Limits(5.0)).rows


@pytest.mark.parametrize("sql", BY_THE_TRANSACTION)
def test_the_transaction_refuses_even_root(url: str, sql: str) -> None:
    with pytest.raises(SqlError, match=BY_THE_TRANSACTION[sql]):
        run_ungated(url, sql)
    assert execute(url, "SELECT count(*) FROM item").rows == ((2,),)


@pytest.mark.parametrize("sql", BY_THE_USER)
def test_a_user_that_may_only_select_is_refused(as_reader: str, sql: str) -> None:
    import pymysql

    with pytest.raises(pymysql.Error, match=BY_THE_USER[sql]):
        run_script(as_reader, sql)


def test_a_user_that_may_only_select_reads_no_file(as_reader: str) -> None:
    assert run_ungated(as_reader, "SELECT load_file('/etc/passwd')") == ((None,),)


def test_rows_and_errors_of_a_server(url: str) -> None:
    found = execute(url, "SELECT id, name FROM item WHERE name LIKE '%o\\\\%%' ORDER BY id")
    assert (found.columns, found.rows, found.truncated) == (("id", "name"), ((2, "fo%rk"),), False)
    with pytest.raises(SqlExecutionError, match="Unknown column"):
        execute(url, "SELECT nothing FROM item")
    with pytest.raises(DatabaseNotFoundError, match="no database at"):
        execute(url.rpartition("/")[0] + "/nshot_no_such_database", "SELECT 1")


def test_values_of_all_types(url: str) -> None:
    sql = (
        "SELECT CAST('2020-12-31' AS DATE), CAST('0000-00-00' AS DATE), CAST('-838:59:59' AS TIME),"
        " CAST(12345678901234567890123456789.5 AS DECIMAL(65, 1)), x'aa', 1 / 0, 'Zürich'"
    )
    assert execute(url, sql).rows == (
        (
            date(2020, 12, 31),
            "0000-00-00",
            -timedelta(hours=838, minutes=59, seconds=59),
            Decimal("12345678901234567890123456789.5"),
            b"\xaa",
            None,
            "Zürich",
        ),
    )


def test_bytes_are_counted_as_they_come(url: str) -> None:
    with pytest.raises(SqlTooLargeError, match="larger than"):
        execute(url, "SELECT repeat('x', 10000000)", max_bytes=1_000_000)
    with pytest.raises(SqlTooLargeError, match="larger than"):
        execute(url, "SELECT repeat('x', 1000) FROM seq_1_to_1000000", max_rows=None, max_bytes=1_000_000)
    assert execute(url, "SELECT seq FROM seq_1_to_10000000 LIMIT 9000000", max_rows=2).truncated


def test_a_session_keeps_its_connection_and_survives_errors(url: str) -> None:
    with Session(timeout=5) as session:
        first = session.execute(url, "SELECT count(*) FROM item").rows
        with pytest.raises(SqlExecutionError):
            session.execute(url, "SELECT nothing")
        with pytest.raises(SqlRefusedError):
            session.execute(url, "SELECT sleep(1)")
        assert session.execute(url, "SELECT id FROM item ORDER BY id", 1).truncated
        session.close()
        assert session.execute(url, "SELECT count(*) FROM item").rows == first == ((2,),)


def test_another_thread_can_end_a_statement(url: str) -> None:
    with Session(timeout=60) as session:
        threading.Timer(0.3, session.end).start()
        with pytest.raises(SqlTimeoutError):
            session.execute(url, ENDLESS)
        with pytest.raises(SqlExecutionError, match="the session was ended"):
            session.execute(url, "SELECT 1")


def test_a_server_that_accepts_and_says_nothing_is_given_up() -> None:
    pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mysql://me:sekret@127.0.0.1:{silent.getsockname()[1]}/shop"
        started = time.monotonic()
        with pytest.raises(DataError, match="cannot connect to") as caught:
            execute(url, "SELECT 1", timeout=1)
        assert time.monotonic() - started < 30  # and not for ever
    assert "sekret" not in str(caught.value)


def test_a_server_that_falls_silent_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nshot.databases.mysql.execute._PING", 0.2)
    with relay(url) as way, Session(timeout=0.5) as session:
        assert session.execute(way.url, "SELECT count(*) FROM item").rows == ((2,),)
        way.until = b"RAND"
        with pytest.raises(SqlTimeoutError):
            session.execute(way.url, "SELECT rand()")
        way.restore()
        assert session.execute(way.url, "SELECT count(*) FROM item").rows == ((2,),)
        way.until = b"\x0e"  # a ping
        started = time.monotonic()
        with pytest.raises(DataError, match="cannot connect to"):
            session.execute(way.url, "SELECT 1")
        assert time.monotonic() - started < 20  # and not for ever
