from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from nshot.databases import execute, read_schema
from nshot.errors import DatabaseNotFoundError, DataError, SqlExecutionError, SqlRefusedError, SqlTimeoutError

COUNT = "SELECT count(*) FROM item"


@pytest.mark.parametrize(
    "name",
    [
        "a b.sqlite",
        "what?.sqlite",
        "a#b.sqlite",
        "100%41.sqlite",
        "naïve-数据.sqlite",
        "a&mode=rwc",
        "it's.db",
    ],
)
def test_any_file_name_works(name: str, database: Path) -> None:
    path = database.rename(database.with_name(name))
    assert execute(path, COUNT).rows == ((3,),)
    assert execute(str(path), COUNT).rows == ((3,),)
    assert read_schema(path).table("item") is not None


def test_a_relative_path_and_a_link_work(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(database.parent)
    Path("link").symlink_to(database.name)
    assert execute("link", COUNT).rows == ((3,),)


@pytest.mark.parametrize("content", [b"", b"not a database", b"x" * 5_000])
def test_a_file_that_is_no_database_says_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(content)
    for run in (lambda: execute(path, "SELECT 1"), lambda: read_schema(path)):
        with pytest.raises(DataError, match=r"cannot read the database .*: it is "):
            run()
    assert path.read_bytes() == content


def test_a_damaged_database_is_not_blamed_on_the_sql(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[100:4096] = b"\xff" * (4096 - 100)
    database.write_bytes(content)
    with pytest.raises(DataError, match="cannot read the database"):
        execute(database, COUNT)


def test_a_folder_and_a_pipe_are_no_databases(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DatabaseNotFoundError, match="got a folder"):
        execute(tmp_path, "SELECT 1")
    with pytest.raises(DatabaseNotFoundError, match="pipe"):
        execute(tmp_path / "pipe", "SELECT 1")


def test_text_that_is_not_utf8_is_read(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("INSERT INTO item VALUES (4, CAST(x'4A6F73E9' AS TEXT), 1)")
        connection.commit()
    sql = "SELECT name FROM item WHERE id = 4"
    assert execute(database, sql).rows == (("Jos\ufffd",),)
    assert execute(database, sql, text_errors="ignore").rows == (("Jos",),)


def wal(database: Path) -> sqlite3.Connection:
    writer = sqlite3.connect(database)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("PRAGMA wal_autocheckpoint = 0")
    return writer


def test_a_live_wal_database_shows_what_is_committed(database: Path) -> None:
    with closing(wal(database)) as writer:
        for expected in range(4, 7):
            writer.execute("INSERT INTO item (name) VALUES ('new')")
            writer.commit()
            assert execute(database, COUNT).rows == ((expected,),)
        writer.execute("INSERT INTO item (name) VALUES ('open')")
        assert execute(database, COUNT).rows == ((6,),)


def test_a_closed_wal_database_is_read_without_new_files(database: Path) -> None:
    with closing(wal(database)) as writer:
        writer.execute("INSERT INTO item (name) VALUES ('new')")
        writer.commit()
    assert [path.name for path in database.parent.iterdir()] == [database.name]
    assert execute(database, COUNT).rows == ((4,),)
    assert [path.name for path in database.parent.iterdir()] == [database.name]


def test_a_log_left_by_a_crash_is_read(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "crashed"
    copy.mkdir()
    with closing(wal(database)) as writer:
        writer.execute("INSERT INTO item (name) VALUES ('new')")
        writer.commit()
        for suffix in ("", "-wal"):
            shutil.copy(f"{database}{suffix}", copy)
    assert execute(copy / database.name, COUNT).rows == ((4,),)


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_database_in_a_read_only_folder_is_read(mode: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute(f"PRAGMA journal_mode = {mode}")
    database.chmod(0o444)
    database.parent.chmod(0o555)
    try:
        assert execute(database, COUNT).rows == ((3,),)
        assert read_schema(database).table("item") is not None
    finally:
        database.parent.chmod(0o755)


def test_a_lock_held_beyond_the_deadline_is_a_timeout(database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SqlTimeoutError):
            execute(database, COUNT, timeout=0.5)
        writer.rollback()
    assert execute(database, COUNT).rows == ((3,),)


def test_full_text_and_json_tables_can_be_read(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE VIRTUAL TABLE doc USING fts5(body)")
        connection.execute("INSERT INTO doc VALUES ('a blue cup'), ('a red plate')")
        connection.execute("CREATE VIEW cheap AS SELECT name FROM item WHERE price < 3")
        connection.commit()
    assert execute(database, "SELECT body FROM doc WHERE doc MATCH 'blue'").rows == (("a blue cup",),)
    assert execute(database, "SELECT * FROM cheap").rows == (("cup",),)


def test_views_that_format_work_beside_a_guarded_printf(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE VIEW tag AS SELECT printf('%s: %.2f', name, price) AS text FROM item")
        connection.commit()
    assert execute(database, "SELECT text FROM tag LIMIT 1").rows == (("cup: 2.50",),)
    assert execute(database, "SELECT printf('<%s>', text) FROM tag LIMIT 1").rows == (("<cup: 2.50>",),)


def test_a_view_cannot_smuggle_a_denied_function(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE VIEW trap AS SELECT load_extension('evil') AS x")
        connection.commit()
    for sql in ("SELECT * FROM trap", "SELECT printf('%s', x) FROM trap"):
        with pytest.raises((SqlRefusedError, SqlExecutionError), match="load_extension"):
            execute(database, sql)


def test_locks_of_this_process_survive(database: Path) -> None:
    with closing(sqlite3.connect(database, timeout=0.1)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert execute(database, COUNT).rows == ((3,),)
        read_schema(database)
        other = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0.1).execute('BEGIN IMMEDIATE')"
        found = subprocess.run([sys.executable, "-c", other, str(database)], capture_output=True, text=True)
        assert "database is locked" in found.stderr


CHILDS = frozenset(
    f"databases/sqlite/{name}.py"
    for name in ("compiling", "connection", "describe", "journal", "printf", "worker")
)
OWN_FILES = frozenset(("cli/answer_log.py", "databases/data_files.py", "eval/gold_cache.py"))
"""Modules that open files which nshot wrote itself, or ask for the version only."""


def test_no_module_of_the_main_process_opens_a_database_with_sqlite3(repo: Path) -> None:
    source = repo / "src" / "nshot"
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"^\s*(?:import|from) sqlite3", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert found == CHILDS | OWN_FILES
