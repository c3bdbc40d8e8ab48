from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from nshot.databases import Session, execute
from nshot.databases.processes import sandbox
from nshot.databases.processes.messages import Request
from nshot.databases.sqlite.connection import _KEPT, Keeper
from nshot.databases.sqlite.worker import run
from nshot.errors import (
    DatabaseNotFoundError,
    OptionError,
    SqlError,
    SqlExecutionError,
    SqlRefusedError,
    SqlTimeoutError,
    SqlTooLargeError,
)
from nshot.generation import Cancellation

ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r"
STUCK = "SELECT trim(printf('%.*c', 3000000, 'a'), printf('%.*c', 3000000, 'b') || 'a')"
COUNT = "SELECT count(*) FROM item"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM item ORDER BY id",
        "SELECT name FROM item WHERE price > 3;",
        "SELECT value FROM json_each('[1, 2]')",
        "SELECT printf('%d', 3)",
        "VALUES (1), (2)",
    ],
)
def test_a_session_gives_what_execute_gives(database: Path, sql: str) -> None:
    with Session() as session:
        session.execute(database, COUNT)
        found = session.execute(database, sql)
    expected = execute(database, sql)
    assert (found.columns, found.rows) == (expected.columns, expected.rows)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DROP TABLE item", SqlRefusedError),
        ("WITH x AS (SELECT 1) DELETE FROM item", SqlRefusedError),
        ("ATTACH 'x.db' AS x", SqlRefusedError),
        ("SELECT load_extension('x')", SqlRefusedError),
        ("SELECT 1; SELECT 2", SqlRefusedError),
        ("SELECT 1;;", SqlRefusedError),
        ("SELECT nothing_here FROM item", SqlExecutionError),
        ("SELECT zeroblob(1000000000)", SqlTooLargeError),
        (ENDLESS, SqlTimeoutError),
        (STUCK, SqlTimeoutError),
    ],
)
def test_every_statement_has_its_own_verdict_and_harms_no_other(
    database: Path, sql: str, error: type[SqlError]
) -> None:
    before = database.read_bytes()
    with Session(timeout=1.5) as session:  # a busy machine needs a part of it for the others
        for _ in range(2):
            assert session.execute(database, COUNT).rows == ((3,),)
            with pytest.raises(error):
                session.execute(database, sql)
        assert session.execute(database, COUNT).rows == ((3,),)
    assert database.read_bytes() == before


def test_a_child_that_was_killed_from_outside_costs_no_statement(database: Path) -> None:
    with Session() as session:
        session.execute(database, COUNT)
        worker = session._kept.get("sqlite", sandbox.WorkerSession)._worker
        assert worker is not None
        os.kill(worker._process.pid, signal.SIGKILL)
        worker._process.wait()
        assert session.execute(database, COUNT).rows == ((3,),)


def test_a_database_that_another_program_changes_is_read_anew(database: Path) -> None:
    with Session() as session:
        assert session.execute(database, COUNT).rows == ((3,),)
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("ALTER TABLE item ADD COLUMN colour")
            connection.execute("INSERT INTO item (id) VALUES (4)")
            connection.commit()
        assert session.execute(database, "SELECT count(*), max(colour) FROM item").rows == ((4, None),)
        database.unlink()
        with pytest.raises(DatabaseNotFoundError):
            session.execute(database, COUNT)


def test_databases_may_take_turns(database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE item (id)")
    with Session() as session:
        for _ in range(2):
            assert session.execute(database, COUNT).rows == ((3,),)
            assert session.execute(other, COUNT).rows == ((0,),)


def test_the_connections_that_are_kept_have_a_limit(database: Path) -> None:
    keeper = Keeper()
    for number in range(_KEPT + 5):
        copy = database.with_name(f"copy{number}.sqlite")
        copy.write_bytes(database.read_bytes())
        assert run(Request(str(copy), COUNT, 5.0, None, 1 << 20, "strict", keep=True), keeper).rows == ((3,),)
    assert len(keeper._open) == _KEPT
    keeper.close()
    assert not keeper._open


def test_a_write_ahead_log_is_read_with_the_database(database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer, Session() as session:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO item VALUES (4, 'x', 1)")
        writer.commit()
        assert session.execute(database, COUNT).rows == ((4,),)
        writer.execute("INSERT INTO item VALUES (5, 'x', 1)")
        writer.commit()
        assert session.execute(database, COUNT).rows == ((5,),)


def test_rows_are_limited_statement_by_statement(database: Path) -> None:
    with Session() as session:
        assert len(session.execute(database, "SELECT id FROM item", 2).rows) == 2
        assert session.execute(database, "SELECT id FROM item", 2).truncated
        assert len(session.execute(database, "SELECT id FROM item").rows) == 3


def test_undecodable_text_is_read_as_asked(database: Path) -> None:
    sql = "SELECT CAST(x'61ff62' AS TEXT)"
    with Session(text_errors="ignore") as session:
        assert session.execute(database, sql).rows == (("ab",),)
    with Session(text_errors="strict") as session, pytest.raises(SqlExecutionError):
        session.execute(database, sql)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"max_bytes": 0}, {"text_errors": "maybe"}])
def test_limits_out_of_range_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        Session(**options)  # type: ignore[arg-type]


def test_another_thread_can_end_a_statement_under_way(database: Path) -> None:
    with Session(timeout=60) as session:
        threading.Timer(0.3, session.end).start()
        with pytest.raises(SqlExecutionError):
            session.execute(database, ENDLESS)


PARENT = """
import sys
from pathlib import Path
from nshot.databases import Session
from nshot.databases.processes import sandbox
session = Session(timeout=600)
session.execute(Path(sys.argv[1]), "SELECT 1")
print(session._kept.get('sqlite', sandbox.WorkerSession)._worker._process.pid, flush=True)
session.execute(Path(sys.argv[1]), sys.argv[2])
"""


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_an_endless_statement_ran_to_its_deadline_when_its_parent_was_killed(database: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(database), ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        time.sleep(0.5)
        assert not gone(child)
        parent.kill()
    until = time.monotonic() + 60
    while not gone(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert gone(child)


def test_a_session_can_be_ended_from_another_thread_in_the_middle_of_a_statement(database: Path) -> None:
    with Session(timeout=600) as session:
        timer = threading.Timer(0.3, session.end)
        timer.start()
        with pytest.raises(SqlExecutionError):
            session.execute(database, ENDLESS)
        timer.join()


def test_a_single_statement_can_be_stopped_by_a_cancellation(database: Path) -> None:
    flag = Cancellation()
    timer = threading.Timer(0.3, flag.cancel)
    timer.start()
    begun = time.monotonic()
    for _ in range(2):  # the second one is cancelled before it begins
        with pytest.raises(SqlExecutionError):
            execute(database, ENDLESS, timeout=600, on_cancel=flag.calling)
    assert time.monotonic() - begun < 60
    timer.join()


def test_a_statement_that_may_be_cancelled_is_run_as_any_other(database: Path) -> None:
    flag = Cancellation()
    for sql in (COUNT, f"{COUNT};; -- all"):
        assert execute(database, sql, on_cancel=flag.calling).rows == execute(database, sql).rows
    with pytest.raises(SqlRefusedError):
        execute(database, "SELECT 1; SELECT 2", on_cancel=flag.calling)
    flag.cancel()  # nothing is left to be stopped
    assert execute(database, COUNT).rows


def test_a_statement_begun_after_the_end_of_its_session_ran_to_its_deadline(database: Path) -> None:
    with Session() as session:
        session.end()
        with pytest.raises(SqlExecutionError, match="the session was ended"):
            session.execute(database, COUNT)
