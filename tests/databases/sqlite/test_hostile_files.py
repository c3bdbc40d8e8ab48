"""Files as people have them and as an attacker makes them: the rest of the database stays
usable."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import struct
import time
import tracemalloc
from contextlib import closing
from pathlib import Path

import pytest

from nshot.databases import CellValues, execute, read_schema
from nshot.databases.backend import bind
from nshot.databases.processes.messages import Request
from nshot.databases.sqlite import schema as schema_module
from nshot.databases.sqlite.connection import Keeper
from nshot.databases.sqlite.file import inspect
from nshot.errors import DataError, NshotError

GOOD = """
CREATE TABLE park (id INTEGER PRIMARY KEY, town TEXT);
INSERT INTO park VALUES (1, 'Norwick'), (2, 'Ely');
"""
SECONDS = 0.4
"""For the values of a database here."""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A database with one table."""
    folder = tmp_path / "db"
    folder.mkdir()
    file = folder / "parks.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(GOOD)
    return file


def change(file: Path, script: str, *more: str) -> None:
    """Run a script; `more` are statements that change sqlite_master."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)
        if more:
            connection.execute("PRAGMA writable_schema = ON")
        for sql in more:
            connection.execute(sql)
        connection.commit()


def hashes(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def expect_usable(file: Path, left_out: tuple[str, ...] = (), cells_left_out: tuple[str, ...] = ()) -> None:
    """`park` is described, its values are found, it can be asked, and nothing beside the file
    changed.
    """
    before, started = hashes(file.parent), time.monotonic()
    schema = read_schema(file)
    assert schema.table("park") is not None
    assert tuple(one.name for one in schema.left_out) == left_out
    assert all(one.reason for one in schema.left_out)
    values = CellValues.read(file, schema, seconds=SECONDS)
    assert [match.table for match in values.matches("parks in Norwick")] == ["park"]
    assert tuple(one.name for one in values.left_out) == cells_left_out
    assert values.complete == (not cells_left_out)
    assert execute(file, "SELECT count(*) FROM park").rows == ((2,),)
    assert time.monotonic() - started < 60
    assert hashes(file.parent) == before


SOUND = {
    "generated column over JSON": "CREATE TABLE t (b TEXT, s TEXT AS (json_extract(b, '$.s')) STORED)",
    "index over JSON": "CREATE TABLE t (b TEXT); CREATE INDEX i ON t (b ->> 'k') WHERE json_valid(b)",
    "view over JSON": "CREATE VIEW v AS SELECT value FROM json_each('[\"Ash\"]')",
    "view over full text": "CREATE VIRTUAL TABLE f USING fts5(a); CREATE VIEW v AS SELECT a FROM f('ash')",
    "rtree": "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
    "blanks around names": 'CREATE TABLE " t " (" a " TEXT, "b\t" TEXT)',
    "no name": 'CREATE TABLE "" ("" TEXT, b TEXT)',
    "quotes and line breaks in names": 'CREATE TABLE "a""b\n\'c`[d]" ("x""\n" TEXT)',
    "two thousand columns": "CREATE TABLE wide (" + ", ".join(f"c{i} INT" for i in range(2000)) + ")",
    "a check that calls a function": "CREATE TABLE t (a TEXT CHECK (json_valid(a)), b DEFAULT (random()))",
    "a trigger that writes": "CREATE TRIGGER g AFTER INSERT ON park BEGIN DELETE FROM park; END",
    "without rowid": "CREATE TABLE t (a TEXT PRIMARY KEY, b) WITHOUT ROWID",
    "strict": "CREATE TABLE t (a TEXT, b ANY) STRICT",
    "keywords as names": 'CREATE TABLE "select" ("from" TEXT, "where" TEXT)',
    "statistics": "CREATE INDEX i ON park (town); ANALYZE",
}


@pytest.mark.parametrize("script", SOUND.values(), ids=SOUND)
def test_what_is_only_unusual_is_read_whole(good: Path, script: str) -> None:
    change(good, script)
    expect_usable(good)


ENDLESS = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
STUCK = "trim(printf('%.*c', 6000000, 'a'), printf('%.*c', 6000000, 'b') || 'a')"
LADDER = ", ".join(f"s{i + 1} AS (SELECT a.x FROM s{i} AS a, s{i} AS b)" for i in range(30))
SLOW_VIEWS = {
    "endless": f"CREATE VIEW odd AS {ENDLESS} SELECT 'x' || n AS x FROM r WHERE n < 0",
    "a huge value": "CREATE VIEW odd AS SELECT hex(zeroblob(400000000)) AS x",
    "a huge result of printf": "CREATE VIEW odd AS SELECT printf('%.*c', 1000000000, 'x') || 'y' AS x",
    "a call that hangs": f"CREATE VIEW odd AS SELECT {STUCK} AS x",
    "a sorted product": f"CREATE VIEW odd AS {ENDLESS[:-1]} LIMIT 9999)"
    " SELECT DISTINCT a.n || '-' || b.n AS x FROM r AS a, r AS b ORDER BY 1",
    "an error": "CREATE VIEW odd AS SELECT json_extract('{', '$.a') AS x",
    "a denied function": "CREATE VIEW odd AS SELECT load_extension('evil') AS x",
}


@pytest.mark.parametrize("script", SLOW_VIEWS.values(), ids=SLOW_VIEWS)
def test_a_view_that_cannot_be_read_costs_its_own_values_only(good: Path, script: str) -> None:
    change(good, script)
    expect_usable(good, cells_left_out=("odd.x",))


def test_a_view_that_cannot_even_be_compiled_is_left_out(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_module, "REQUEST_SECONDS", 1.0)
    change(good, f"CREATE VIEW odd AS WITH s0 AS (SELECT 1 AS x), {LADDER} SELECT * FROM s30")
    expect_usable(good, left_out=("odd",))


def define(sql: str, name: str = "odd") -> str:
    """A statement that puts a definition into sqlite_master."""
    quoted = sql.replace("'", "''")
    return f"UPDATE sqlite_master SET sql = '{quoted}' WHERE name = '{name}'"


ODD = "CREATE TABLE odd (a, x); INSERT INTO odd (a) VALUES (1);"
SLOW_COLUMNS = {
    "a huge value": "hex(zeroblob(400000000))",
    "a call that hangs": STUCK,
}


@pytest.mark.parametrize("value", SLOW_COLUMNS.values(), ids=SLOW_COLUMNS)
def test_a_generated_column_that_cannot_be_computed_costs_its_own_values_only(good: Path, value: str) -> None:
    change(good, ODD, define(f"CREATE TABLE odd (a, x TEXT AS ({value}))"))
    expect_usable(good, cells_left_out=("odd.x",))


@pytest.mark.parametrize("value", ["load_extension('evil')", "fts3_tokenizer('simple')", "random()"])
def test_a_generated_column_that_sqlite_refuses_is_named(good: Path, value: str) -> None:
    """SQLite reads such a column as NULL, without an error."""
    change(good, ODD, define(f"CREATE TABLE odd (a, x TEXT AS ({value}))"))
    expect_usable(good, left_out=("odd.x",))
    assert [column.name for column in read_schema(good).tables[-1].columns] == ["a"]


def test_the_authorizer_is_not_asked_about_generated_columns_but_denied_functions_are_not_callable(
    good: Path,
) -> None:
    """SQLite asks it about functions in the text and in views, and about none in a table's
    definition.
    """
    change(
        good, ODD, define("CREATE TABLE odd (a, x TEXT AS (upper(a)), y TEXT AS (load_extension('evil', a)))")
    )
    asked: list[str | None] = []
    with closing(sqlite3.connect(good)) as connection:
        connection.create_function("load_extension", 2, lambda *_: "called", deterministic=True)
        connection.execute("SELECT 1 FROM odd").fetchall()

        def note(action: int, _: str | None, name: str | None, *more: str | None) -> int:
            asked.extend([name] if action == sqlite3.SQLITE_FUNCTION else [])
            return sqlite3.SQLITE_OK

        connection.set_authorizer(note)
        assert connection.execute("SELECT upper(a), x FROM odd").fetchall() == [("1", "1")]
        assert asked == ["upper"]
        assert connection.execute("SELECT y FROM odd").fetchall() == [("called",)]
        assert asked == ["upper"]
    request = Request(str(good), "SELECT y FROM odd", 5, None, 1 << 20, "strict")
    with Keeper().connection(inspect(str(good)), request) as ours:
        assert "called" not in str(ours.execute("SELECT y FROM odd").fetchall())
        for call in ("load_extension('evil')", "load_extension('evil', 'a')", "fts3_tokenizer('simple')"):
            with pytest.raises(sqlite3.OperationalError, match="user-defined function raised"):
                ours.execute(f"SELECT {call}").fetchall()


DEFINITIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a module that is not loaded": (
        "",
        "INSERT INTO sqlite_master"
        " VALUES ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING vec0(e)')",
        ("odd",),
    ),
    "a name that is a BLOB": (ODD, "UPDATE sqlite_master SET name = x'6f6464' WHERE name = 'odd'", ("odd",)),
    "no name": (ODD, "UPDATE sqlite_master SET name = NULL WHERE name = 'odd'", ("NULL",)),
    "a number as name": (ODD, "UPDATE sqlite_master SET name = 7 WHERE name = 'odd'", ("7",)),
    "a name that is not UTF-8": (
        ODD,
        "UPDATE sqlite_master SET name = CAST(x'6fe9' AS TEXT) WHERE name = 'odd'",
        ("o\ufffd",),
    ),
    "a page beyond the file": (ODD, "UPDATE sqlite_master SET rootpage = 99999 WHERE name = 'odd'", ("odd",)),
    "the page of another table": (ODD, "UPDATE sqlite_master SET rootpage = 1 WHERE name = 'odd'", ("odd",)),
    "no definition": (ODD, "UPDATE sqlite_master SET sql = NULL WHERE name = 'odd'", ("odd",)),
    "a definition that is a query": (ODD, define("SELECT 1"), ("odd",)),
    "a definition that is a BLOB": (
        ODD,
        "UPDATE sqlite_master SET sql = x'00ff' WHERE name = 'odd'",
        ("odd",),
    ),
    "a definition of a later SQLite": (ODD, define("CREATE TABLE odd (a, b INT MASKED (x))"), ("odd",)),
    "a table that is a view": (ODD, define("CREATE VIEW odd AS SELECT 1 AS x"), ("odd",)),
    "views in a circle": (
        "CREATE VIEW odd AS SELECT 1 AS x; CREATE VIEW odd2 AS SELECT x FROM odd;",
        define("CREATE VIEW odd AS SELECT x FROM odd2"),
        ("odd", "odd2"),
    ),
    "two tables of one name": (
        "CREATE TABLE odd (a INT); CREATE TABLE odd2 (a INT);",
        "UPDATE sqlite_master SET name = 'odd', tbl_name = 'odd', sql = 'CREATE TABLE odd (a INT)'"
        " WHERE name = 'odd2'",
        ("odd",),
    ),
    "an index that calls a denied function": (
        "CREATE TABLE odd (a INT); CREATE INDEX i ON odd (a);",
        define("CREATE INDEX i ON odd (load_extension(a))", "i"),
        (),
    ),
    "a full-text table without its content": (
        "CREATE VIRTUAL TABLE odd USING fts5(a);",
        "UPDATE sqlite_master SET rootpage = 2 WHERE name = 'odd_data'",
        ("odd",),
    ),
    "a kind that is unknown": (ODD, "UPDATE sqlite_master SET type = 'thing' WHERE name = 'odd'", ()),
}


@pytest.mark.parametrize(("script", "statement", "left_out"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_a_table_with_a_broken_definition_is_named_and_the_rest_is_read(
    good: Path, script: str, statement: str, left_out: tuple[str, ...]
) -> None:
    change(good, script, statement)
    expect_usable(good, left_out)


def find_page(file: Path, name: str) -> int:
    """Offset of a table's first page."""
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int((page - 1) * size)


def damage(file: Path, at: int, length: int = 4096) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + length] = b"\xee" * length
    file.write_bytes(content)


def test_a_table_whose_first_page_is_damaged_is_left_out(good: Path) -> None:
    change(good, ODD)
    damage(good, find_page(good, "odd"))
    expect_usable(good, ("odd",))


def test_a_table_with_damage_inside_keeps_its_columns_and_loses_its_values(good: Path) -> None:
    change(good, "CREATE TABLE odd (x TEXT); CREATE INDEX i ON odd (x);")
    with closing(sqlite3.connect(good)) as connection:
        connection.executemany("INSERT INTO odd VALUES (?)", [(f"ash {n} " * 40,) for n in range(2_000)])
        connection.commit()
    damage(good, good.stat().st_size // 2, 40_960)
    expect_usable(good, (), ("odd.x",))
    with pytest.raises(DataError, match="malformed"):
        execute(good, "SELECT sum(length(x)) FROM odd")


def test_a_file_cut_short_says_so(good: Path) -> None:
    change(good, "".join(f"CREATE TABLE t{i} (a);" for i in range(50)))
    good.write_bytes(good.read_bytes()[:4096])
    with pytest.raises(DataError, match="cannot read the database"):
        execute(good, "SELECT count(*) FROM park")
    with pytest.raises(DataError):
        read_schema(good)


def test_values_of_three_megabytes_take_no_memory_here(good: Path) -> None:
    change(good, "CREATE TABLE mail (subject TEXT, body TEXT);")
    with closing(sqlite3.connect(good)) as connection:
        body = "lorem ipsum " * 250_000
        connection.executemany("INSERT INTO mail VALUES (?, ?)", [(f"Ash {n}", body) for n in range(12)])
        connection.commit()
    tracemalloc.start()
    values = CellValues.read(good, read_schema(good), seconds=30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [match.value for match in values.matches("what is in Ash 7?")] == ["Ash 7"]
    assert peak < 3_000_000


def unfinished(good: Path, *, wal: bool = False, index: bool = False) -> Path:
    """A copy of the files as a writer leaves them that crashes: with its log, or with a hot
    journal.
    """
    other = good.parent.parent / "crashed"
    other.mkdir()
    with closing(sqlite3.connect(good, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 2")
        writer.execute("PRAGMA synchronous = OFF")
        writer.execute("CREATE TABLE big (x TEXT)")
        writer.executemany("INSERT INTO big VALUES (?)", [("ash " * 300,) for _ in range(200)])
        if wal:
            writer.execute("PRAGMA journal_mode = WAL")
            writer.execute("PRAGMA wal_autocheckpoint = 0")
            writer.execute("UPDATE big SET x = 'oak'")
        else:
            writer.execute("BEGIN")
            writer.execute("UPDATE big SET x = 'oak'")
            writer.execute("DELETE FROM park")
        for suffix in ("", "-wal" if wal else "-journal", *(["-shm"] if index else [])):
            shutil.copy(f"{good}{suffix}", other)
        if not wal:
            writer.execute("ROLLBACK")
    return other / good.name


def test_a_log_without_its_index_is_read_and_leaves_no_trace(good: Path) -> None:
    file = unfinished(good, wal=True)
    expect_usable(file)
    assert execute(file, "SELECT DISTINCT x FROM big").rows == (("oak",),)
    assert sorted(hashes(file.parent)) == [file.name, f"{file.name}-wal"]


def test_a_log_with_its_index_is_read_and_stays(good: Path) -> None:
    """A writer may use both at this time, so SQLite reads as one more user."""
    file = unfinished(good, wal=True, index=True)
    before = hashes(file.parent)
    assert execute(file, "SELECT DISTINCT x FROM big").rows == (("oak",),)
    assert read_schema(file).table("big") is not None
    after = hashes(file.parent)
    assert after.keys() == before.keys()
    assert all(after[name] == before[name] for name in before if not name.endswith("-shm"))


def test_a_log_that_holds_nothing_is_not_deleted(good: Path) -> None:
    file = unfinished(good, wal=True)
    log = Path(f"{file}-wal")
    log.write_bytes(log.read_bytes()[:32] + bytes(5_000))
    expect_usable(file)


def test_a_hot_journal_is_taken_back_in_a_copy(good: Path) -> None:
    file = unfinished(good)
    with (
        closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as plain,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        plain.execute("SELECT * FROM park").fetchall()
    expect_usable(file)
    assert execute(file, "SELECT count(*) FROM big WHERE x LIKE 'ash%'").rows == ((200,),)


def test_a_journal_that_names_another_file_deletes_nothing(good: Path) -> None:
    """SQLite would delete the file that a journal names as that of several files."""
    file = unfinished(good)
    victim = file.parent / "victim.txt"
    victim.write_text("precious")
    name = str(victim).encode()
    checksum = sum(byte - 256 if byte > 127 else byte for byte in name)
    tail = struct.pack(">I", 0x40000000 // 512 + 1) + name + struct.pack(">II", len(name), checksum % 2**32)
    with Path(f"{file}-journal").open("ab") as journal:
        journal.write(tail + bytes.fromhex("d9d505f920a163d7"))
    with pytest.raises(DataError, match="several files"):
        execute(file, "SELECT count(*) FROM park")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm"])
def test_garbage_beside_the_file_does_no_harm(good: Path, suffix: str) -> None:
    Path(f"{good}{suffix}").write_bytes(b"\xee" * 5_000)
    expect_usable(good)


def fill(count: str, sql: str) -> str:
    """A statement that puts many definitions into sqlite_master."""
    numbers = f"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {count})"
    row = f"SELECT 'table', 't' || n, 't' || n, 2, {sql} FROM ({numbers} SELECT n FROM r)"
    return f"INSERT INTO sqlite_master {row}"


def test_more_tables_than_anybody_has_are_an_error_and_no_memory(good: Path) -> None:
    change(good, "", fill("100001", "NULL"))
    with pytest.raises(DataError, match="it has 100,002 tables and views"):
        read_schema(good)
    assert execute(good, "SELECT count(*) FROM park").rows == ((2,),)


def test_types_of_megabytes_are_left_out(good: Path) -> None:
    change(good, "", fill("90", "'CREATE TABLE t' || n || ' (a \"' || printf('%.*c', 999999, 'x') || '\")'"))
    schema = read_schema(good)
    assert schema.table("park") is not None
    assert len(schema.tables) < 80
    assert "more than 67,108,864 characters" in schema.left_out[-1].reason


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    file = tmp_path / "u.sqlite"
    change(file, "PRAGMA encoding = 'UTF-16le';" + GOOD)
    assert execute(file, "SELECT town FROM park").rows == (("Norwick",), ("Ely",))
    assert CellValues.read(file, read_schema(file)).matches("in Norwick")


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_are_errors_of_ours(good: Path, seed: int) -> None:
    change(good, "CREATE TABLE t (a TEXT, b AS (upper(a))); CREATE VIEW v AS SELECT * FROM t, park;")
    content, dice = bytearray(good.read_bytes()), random.Random(seed)
    for _ in range(20):
        content[dice.randrange(16, len(content))] = dice.randrange(256)
    good.write_bytes(content)
    for read in (
        lambda: CellValues.read(good, read_schema(good), seconds=SECONDS),
        lambda: execute(good, "SELECT * FROM park", timeout=1),
    ):
        with contextlib.suppress(NshotError):
            read()


@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm"])
def test_a_pipe_beside_the_file_is_an_error_and_not_waited_for(good: Path, suffix: str) -> None:
    os.mkfifo(f"{good}{suffix}")
    with pytest.raises(DataError, match=f"{suffix} beside it is a pipe or a device"):
        read_schema(good)


def test_the_state_of_what_is_no_file_is_an_error_of_ours(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.sqlite")
    (tmp_path / "loop.sqlite").symlink_to(tmp_path / "loop.sqlite")
    for name in ("pipe.sqlite", "loop.sqlite", "none.sqlite", "pipe.duckdb"):
        with pytest.raises(DataError):
            bind(tmp_path / name).version()


def test_a_log_beside_the_file_that_a_link_names_is_part_of_the_content(good: Path) -> None:
    link = good.with_name("link.sqlite")
    link.symlink_to(good)
    assert bind(link).content() == bind(good).content() is not None
    good.with_name(f"{good.name}-wal").write_bytes(b"")
    assert (bind(link).content(), bind(link).state()) == (None, None)


def test_a_file_of_terabytes_is_told_by_its_size_and_time(good: Path) -> None:
    os.truncate(good, 1 << 40)  # nearly all of it is a hole
    assert bind(good).content() is None
    version = bind(good).version()
    assert version is not None
    os.utime(good, (1, 1))
    assert bind(good).version() != version
