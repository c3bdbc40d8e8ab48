from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nshot.databases import execute
from nshot.databases.processes import sandbox
from nshot.errors import (
    DatabaseNotFoundError,
    NshotError,
    OptionError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"

REFUSED = {
    "DROP TABLE item": "DROP",
    "DELETE FROM item": "DELETE",
    "UPDATE item SET price = 0": "UPDATE",
    "INSERT INTO item VALUES (9, 'x', 1)": "INSERT",
    "REPLACE INTO item VALUES (1, 'x', 1)": "REPLACE",
    "CREATE TABLE t (a)": "CREATE",
    "CREATE TEMP TABLE t AS SELECT * FROM item": "CREATE",
    "ALTER TABLE item RENAME TO things": "ALTER",
    "ATTACH 'other.db' AS x": "ATTACH",
    "/* SELECT */ ATTACH 'other.db' AS x": "ATTACH",
    "-- SELECT\nDROP TABLE item": "DROP",
    "DETACH main": "DETACH",
    "PRAGMA writable_schema = ON": "PRAGMA",
    "PRAGMA user_version = 7": "PRAGMA",
    "PRAGMA journal_mode = WAL": "PRAGMA",
    "PRAGMA table_info(item)": "PRAGMA",
    "SELECT * FROM pragma_table_info('item')": "table-valued",
    "SELECT * FROM pragma_user_version": "table-valued",
    "SELECT * FROM dbstat": "table-valued",
    "VACUUM": "VACUUM",
    "VACUUM INTO 'copy.db'": "VACUUM",
    "REINDEX": "REINDEX",
    "ANALYZE": "ANALYZE",
    "BEGIN IMMEDIATE": "BEGIN",
    "COMMIT": "COMMIT",
    "SAVEPOINT s": "SAVEPOINT",
    "EXPLAIN SELECT * FROM item": "EXPLAIN",
    "; EXPLAIN SELECT 1": "EXPLAIN",
    "EXPLAIN QUERY PLAN SELECT * FROM item": "EXPLAIN",
    "SELECT load_extension('evil')": "load_extension",
    "SELECT \"load_extension\"('evil')": "load_extension",
    "SELECT fts3_tokenizer('simple')": "fts3_tokenizer",
    "SELECT 1; DROP TABLE item": "more than one statement",
    "SELECT 1; SELECT 2": "more than one statement",
    "SELECT 1;; DROP TABLE item": "more than one statement",
    "WITH x AS (SELECT 1) DELETE FROM item": "DELETE item",
    "WITH x AS (SELECT 1) UPDATE item SET price = 0": "UPDATE item",
    "WITH x AS (SELECT 1) INSERT INTO item SELECT 9, 'x', 1": "INSERT item",
    "": "no statement",
    " ;; ": "no statement",
    "-- nothing": "no statement",
    "/* nothing": "no statement",
    "SELECT 'a\x00b'": "NUL",
    "SELECT '\ud800'": "Unicode",
    "SELECT 1 --" + "x" * 1_000_000: "at most 100,000",
}


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "sql", REFUSED, ids=[sql[:40].encode("ascii", "replace").decode() for sql in REFUSED]
)
def test_what_does_not_only_read_is_refused_and_changes_no_file(
    sql: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(database.parent)
    before = files(database.parent)
    with pytest.raises(SqlRefusedError, match="refused: ") as caught:
        execute(database, sql)
    assert REFUSED[sql] in str(caught.value)
    assert files(database.parent) == before


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT zeroblob(1000000000)",
        "SELECT length(hex(randomblob(1000000000)))",
        "SELECT printf('%.*c', 1000000000, 'x')",
        "SELECT format('%999999999d', 1)",
        "SELECT length(replace(printf('%1000000d', 1), ' ', printf('%1000000d', 1)))",
        "SELECT group_concat(printf('%50000000d', value)) FROM json_each('[1, 2, 3]')",
        ENDLESS + " SELECT n, zeroblob(1000000) FROM r",
    ],
)
def test_large_values_are_stopped(sql: str, database: Path) -> None:
    before = files(database.parent)
    with pytest.raises(SqlTooLargeError):
        execute(database, sql, timeout=30, max_rows=None)
    assert files(database.parent) == before


@pytest.mark.parametrize(
    "sql",
    [
        ENDLESS + " SELECT count(*) FROM r",
        ENDLESS + " SELECT n FROM r",
        ENDLESS + " SELECT max(r.n) FROM r, r AS s",
        "SELECT trim(printf('%.*c', 6000000, 'a'), printf('%.*c', 6000000, 'b') || 'a')",
    ],
)
def test_the_deadline_stops_what_never_ends(sql: str, database: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SqlTimeoutError):
        execute(database, sql, timeout=1.0, max_rows=None, max_bytes=1 << 30)
    assert 0.9 < time.monotonic() - started < 30.0  # a busy machine may be late, an endless statement is not


def test_after_a_timeout_the_next_statement_runs(database: Path) -> None:
    with pytest.raises(SqlTimeoutError):
        execute(
            database,
            "SELECT trim(printf('%.*c', 3000000, 'a'), printf('%.*c', 3000000, 'b') || 'a')",
            timeout=0.2,
        )
    assert execute(database, "SELECT count(*) FROM item").rows == ((3,),)


MEMORY = """
import resource, sys
from nshot.errors import SqlTimeoutError, SqlTooLargeError
from nshot.databases import execute
sql = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 5000) "
    "SELECT a.n || '-' || b.n || hex(zeroblob(100)) AS x FROM r a, r b ORDER BY x"
)
try:
    execute(sys.argv[1], sql, timeout=5.0)
except (SqlTimeoutError, SqlTooLargeError) as error:
    print(type(error).__name__)
from nshot.databases.processes import sandbox
sandbox._pool.close()
# Of the children only: Linux counts for this process the memory of the one that started it.
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is measured in Linux's unit")
def test_a_sorted_cross_join_of_25_million_rows_keeps_memory_bounded(database: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", MEMORY, str(database)], capture_output=True, text=True, check=True, timeout=60
    )
    stopped, megabytes = found.stdout.split()
    assert stopped in ("SqlTooLargeError", "SqlTimeoutError")
    assert int(megabytes) < 800


def test_rows_carry_columns_and_values(database: Path) -> None:
    found = execute(database, 'SELECT name, price AS p, id FROM item WHERE name != "cup" ORDER BY id;')
    assert found.columns == ("name", "p", "id")
    assert found.rows == (("plate", 4.0, 2), ("fork", None, 3))
    assert not found.truncated
    assert found.seconds >= 0


def test_values_of_every_type_come_back_unchanged(database: Path) -> None:
    found = execute(database, "VALUES (1, 9223372036854775807, 1e308 * 10, NULL, x'00ff', 'ü€😀', '')")
    assert found.rows == ((1, 2**63 - 1, float("inf"), None, b"\x00\xff", "ü€😀", ""),)


@pytest.mark.parametrize(
    ("limit", "count", "truncated"), [(0, 0, True), (2, 2, True), (3, 3, False), (None, 3, False)]
)
def test_max_rows_cuts_and_says_so(database: Path, limit: int | None, count: int, truncated: bool) -> None:
    found = execute(database, "SELECT * FROM item", max_rows=limit)
    assert (len(found.rows), found.truncated) == (count, truncated)
    assert found.columns == ("id", "name", "price")


def test_max_bytes_bounds_the_whole_result(database: Path) -> None:
    with pytest.raises(SqlTooLargeError, match="larger than 1,000,000 bytes"):
        execute(database, ENDLESS + " SELECT n FROM r LIMIT 1000000", max_rows=None, max_bytes=1_000_000)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT missing FROM item", "no such column: missing"),
        ("SELECT * FROM nowhere", "no such table: nowhere"),
        ("SELEC 1", "syntax error"),
        ("SELECT ?", "bindings"),
        ("SELECT nofunction(1)", "no such function"),
        ("(" * 50_000, "syntax error"),
        ("SELECT " + "(" * 40_000 + "1" + ")" * 40_000, "overflow"),
        ("SELECT " + "-".join(["1"] * 5_000), "depth"),
        ("SELECT 'open", "unrecognized token"),
    ],
)
def test_what_the_database_rejects_is_an_execution_error(sql: str, message: str, database: Path) -> None:
    with pytest.raises(SqlExecutionError, match=message):
        execute(database, sql)


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("SELECT printf('%5.2f|%s|%d%%', 1.234, 'a', 7)", " 1.23|a|7%"),
        ("SELECT printf('%*d', 4, 7)", "   7"),
        ("SELECT format('%,d', 1234567)", "1,234,567"),
        ("SELECT printf(NULL)", None),
        ("SELECT printf('%d and %s', 900000000000, 'x')", "900000000000 and x"),
        ("SELECT sum(value) FROM json_each('[1, 2, 3]')", 6),
        ("SELECT strftime('%Y', '2020-02-03')", "2020"),
        ("SELECT count(*) FROM sqlite_master", 1),
        ("SELECT row_number() OVER (ORDER BY price DESC) FROM item WHERE id = 1", 1),
    ],
)
def test_functions_that_only_compute_work(sql: str, value: object, database: Path) -> None:
    assert execute(database, sql).rows == ((value,),)


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(DatabaseNotFoundError, match="no database file at"):
        execute(tmp_path / "none.sqlite", "SELECT 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "database", ["mssql://host/db", "oracle+cx://h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_other_databases_are_refused_by_name(database: str) -> None:
    with pytest.raises(OptionError, match=r"postgresql://|sqlite:///FILE"):
        execute(database, "SELECT 1")


def test_a_sqlite_url_is_the_file(database: Path) -> None:
    assert execute(f"sqlite:///{database}", "SELECT count(*) FROM item").rows == ((3,),)


@pytest.mark.parametrize(
    "options", [{"timeout": 0}, {"timeout": float("nan")}, {"max_rows": -1}, {"max_bytes": 0}]
)
def test_limits_out_of_range_are_option_errors(options: dict[str, float], database: Path) -> None:
    with pytest.raises(OptionError, match="must be"):
        execute(database, "SELECT 1", **options)  # type: ignore[arg-type]


def test_a_process_that_died_while_idle_is_replaced(database: Path) -> None:
    execute(database, "SELECT 1")
    for worker in sandbox._pool._idle:
        worker._process.kill()
    assert execute(database, "SELECT 2").rows == ((2,),)


def test_a_union_that_remembers_every_row_is_bounded(database: Path) -> None:
    sql = "WITH RECURSIVE r(n, x) AS (SELECT 1, 'a' UNION SELECT n + 1, hex(zeroblob(100000)) || n FROM r) "
    with pytest.raises(SqlTooLargeError):
        execute(database, sql + "SELECT max(n) FROM r", timeout=60)


def test_eight_threads_get_their_own_answers(database: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda i: execute(database, f"SELECT {i}, count(*) FROM item").rows[0], range(64))
        )
    assert found == [(i, 3) for i in range(64)]


def test_a_slow_statement_does_not_hold_up_another_thread(database: Path) -> None:
    errors: list[SqlError] = []

    def slow() -> None:
        try:
            execute(database, ENDLESS + " SELECT count(*) FROM r", timeout=1.5)
        except SqlError as error:
            errors.append(error)

    thread = threading.Thread(target=slow)
    thread.start()
    assert execute(database, "SELECT 1").rows == ((1,),)
    assert thread.is_alive()
    thread.join()
    assert [error.kind for error in errors] == ["timeout"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_uses_children_of_its_own(database: Path) -> None:
    code = (
        "import os, sys\nfrom nshot.databases import execute\nexecute(sys.argv[1], 'SELECT 1')\n"
        "pid = os.fork()\n"
        "assert execute(sys.argv[1], f'SELECT {os.getpid()}').rows == ((os.getpid(),),)\n"
        "if pid == 0: os._exit(0)\n"
        "assert os.waitpid(pid, 0)[1] == 0\n"
        "assert execute(sys.argv[1], 'SELECT 2').rows == ((2,),)"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True, timeout=60)


def test_errors_are_the_users_to_mend() -> None:
    kinds = (SqlRefusedError, SqlTimeoutError, SqlTooLargeError, SqlExecutionError)
    assert all(issubclass(kind, NshotError) for kind in (*kinds, DatabaseNotFoundError))
    assert len({kind.kind for kind in kinds}) == 4
