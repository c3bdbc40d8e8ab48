from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.databases import CellValues, execute, read_schema
from nshot.databases.backend import BACKENDS, FileState, bind, list_supported, names_database
from nshot.errors import DataError, MissingExtraError, OptionError
from nshot.types import LeftOut

Make = Callable[[str, str], Path]


@pytest.mark.parametrize("scheme", BACKENDS)
def test_each_kind_is_bound_without_being_opened_and_hides_passwords(scheme: str) -> None:
    is_file = bool(BACKENDS[scheme].endings)
    database = bind(f"{scheme}:///no/shop.file" if is_file else f"{scheme}://user:sekret@host/shop")
    assert database.dialect
    assert "shop" in database.shown
    assert "sekret" not in database.shown


def test_a_path_with_any_ending_is_a_sqlite_file(tmp_path: Path, pets: Path) -> None:
    for name in ("pets.db", "pets", "pets.data"):
        copy = tmp_path / name
        copy.write_bytes(pets.read_bytes())
        assert bind(copy).dialect == bind(str(copy)).dialect == "sqlite"
        assert execute(copy, "SELECT count(*) FROM Pet").rows == ((3,),)


def test_sql_on_an_unknown_kind_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(OptionError, match="cannot run SQL on 'oracle'") as caught:
        execute("oracle+cx_oracle://me:sekret@host/db", "SELECT 1")
    assert list_supported() in str(caught.value)
    assert "nshot[postgres]" in list_supported()
    assert list_supported().count("PostgreSQL") == 1
    assert "sekret" not in str(caught.value)


def test_a_url_is_told_from_a_path_and_a_path_from_a_db_id(
    pets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names_database("mysql://host/shop")
    assert names_database("shop.db")
    assert names_database(pets)
    assert not names_database("pets")
    copy = pets.with_name("pets")
    copy.write_bytes(pets.read_bytes())
    monkeypatch.chdir(pets.parent)
    assert names_database("pets")


def test_the_state_of_a_file_changes_with_its_content(pets: Path) -> None:
    database = bind(pets)
    state, content = database.state(), database.content()
    assert state == FileState(pets.stat().st_size, pets.stat().st_mtime_ns)
    assert content is not None
    copy = pets.with_name("copy.sqlite")
    copy.write_bytes(pets.read_bytes())
    assert bind(copy).content() == content
    copy.write_bytes(pets.read_bytes()[:-1] + b"x")
    assert bind(copy).content() != content


def test_a_file_beside_a_write_ahead_log_has_no_state_of_its_own(pets: Path) -> None:
    pets.with_name(f"{pets.name}-wal").write_bytes(b"")
    assert bind(pets).state() is None
    assert bind(pets).content() is None


def test_a_value_beyond_the_limit_costs_its_own_column_only(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE t (name TEXT, scan TEXT); CREATE TABLE u (town TEXT);"
        "INSERT INTO t VALUES ('Alder Field', CAST(zeroblob(70000000) AS TEXT)), ('Mill Green', 'short one');"
        "INSERT INTO u VALUES ('Norwick');",
    )
    values = CellValues.read(file, read_schema(file), seconds=60)
    found = [match.value for match in values.matches("Alder Field or Mill Green in Norwick, a short one")]
    assert found == ["Alder Field", "Mill Green", "Norwick"]
    assert not values.complete
    assert values.left_out == (LeftOut("t.scan", "string or blob too big"),)


def test_all_columns_of_a_wide_table_are_read(make_database: Make) -> None:
    names = ", ".join(f"c{i} TEXT" for i in range(400))
    texts = ", ".join(f"'word{i}x'" for i in range(400))
    file = make_database("d.sqlite", f"CREATE TABLE t ({names}); INSERT INTO t VALUES ({texts});")
    values = CellValues.read(file, read_schema(file), seconds=60)
    assert len(values) == 400
    assert [match.column for match in values.matches("word0x word16x word399x")] == ["c0", "c16", "c399"]


def test_long_texts_are_cut_where_they_are_read(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE t (a TEXT, b);"
        "INSERT INTO t VALUES (printf('%.*c', 80, 'x'), 1e300), (printf('%.*c', 81, 'y'), 'z');",
    )
    assert sorted(CellValues.read(file, read_schema(file))._cells) == ["x" * 80, "z"]


def test_a_damaged_file_is_no_database_without_values(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE t (a TEXT);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        "INSERT INTO t SELECT 'value ' || i FROM n;",
    )
    schema = read_schema(file)
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(bytes(content))
    with pytest.raises(DataError, match="malformed"):
        CellValues.read(file, schema)


@pytest.mark.parametrize(
    ("source", "module", "extra"),
    [("x.duckdb", "duckdb", "duckdb"), ("mysql://me@localhost:1/x", "pymysql", "mysql")],
)
def test_a_missing_driver_is_named_with_its_extra(
    source: str, module: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nshot.databases.duckdb.execute import _pool

    _pool.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(MissingExtraError, match=rf"nshot\[{extra}\]"):
        execute(source, "SELECT 1")
    _pool.cache_clear()
