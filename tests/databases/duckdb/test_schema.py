from __future__ import annotations

from pathlib import Path

import pytest
from tests.databases.duckdb.conftest import MakeDuckdb

from nshot.databases import CellValues, bind, execute, read_schema
from nshot.errors import DataError, OptionError
from nshot.prompting import ddl
from nshot.types import LeftOut


def test_comments_enumerations_lists_and_odd_names(make_duckdb: MakeDuckdb) -> None:
    file = make_duckdb(
        "CREATE TABLE \"Order\" (id INTEGER PRIMARY KEY, size ENUM ('Small', 'Big'), tags VARCHAR[],"
        ' "order date" DATE, scan BLOB, printed_label VARCHAR);'
        "COMMENT ON TABLE \"Order\" IS 'what was sold'; COMMENT ON COLUMN \"Order\".size IS 'of the box';"
        "INSERT INTO \"Order\" VALUES (1, 'Big', ['a'], DATE '2026-01-02', 'x', 'Alder Field');"
    )
    schema = read_schema(file)
    (order,) = schema.tables
    assert (schema.dialect, order.name, order.description) == ("duckdb", "Order", "what was sold")
    assert [column.type for column in order.columns] == [
        "integer", "enum('Small', 'Big')", "varchar[]", "date", "blob", "varchar"
    ]  # fmt: skip
    assert order.columns[1].description == "of the box"
    values = CellValues.read(file, schema)
    assert values.complete
    found = values.matches("Is Alder Field Big?")
    assert [match.column for match in found] == ["printed_label", "size"]
    assert 'CREATE TABLE "Order"' in ddl(schema)
    assert read_schema(make_duckdb(ddl(schema))).tables[0].columns[3].name == "order date"


def test_unreadable_views_and_other_schemas_are_named(make_duckdb: MakeDuckdb, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n1,x\n")
    file = make_duckdb(
        f"CREATE TABLE t (a INTEGER); CREATE VIEW fine AS SELECT a FROM t;"
        f"CREATE VIEW from_file AS SELECT * FROM read_csv('{tmp_path}/rows.csv');"
        "CREATE SCHEMA other; CREATE TABLE other.t (b INTEGER);"
    )
    schema = read_schema(file)
    assert [(table.name, len(table.columns)) for table in schema.tables] == [("t", 1), ("fine", 1)]
    assert schema.left_out[0] == LeftOut("other.t", "it is not in the schema main")
    assert schema.left_out[1].name == "from_file"
    reason = schema.left_out[1].reason
    assert reason.startswith("refused: Cannot access file")
    assert reason.endswith("file system operations are disabled by configuration (DuckDB)")


def test_a_url_names_the_file(make_duckdb: MakeDuckdb) -> None:
    file = make_duckdb("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (7)")
    renamed = file.rename(file.with_name("shop.data"))
    database = bind(f"duckdb:///{renamed}")
    assert read_schema(database.source).db_id == "shop"
    assert execute(database.source, "SELECT a FROM t").rows == ((7,),)
    with pytest.raises(OptionError, match="expected duckdb:///FILE"):
        bind("duckdb://")
    with pytest.raises(DataError):
        read_schema("duckdb:///nowhere.duckdb")


def test_a_file_of_another_ending_is_named_as_what_it_is(make_duckdb: MakeDuckdb) -> None:
    file = make_duckdb("CREATE TABLE t (a INTEGER)")
    with pytest.raises(DataError, match=r"it is a file of DuckDB \(name it .duckdb"):
        read_schema(file.rename(file.with_suffix(".db")))


def test_rows_are_stable_unless_the_statement_or_a_view_looks_at_the_clock(make_duckdb: MakeDuckdb) -> None:
    plain = bind(make_duckdb("CREATE TABLE t (a INTEGER)"))
    assert plain.is_stable("SELECT a FROM t")
    assert not plain.is_stable("SELECT today()")
    assert plain.content() is not None
    assert not bind(make_duckdb("CREATE VIEW v AS SELECT now() AS n")).is_stable("SELECT 1")
