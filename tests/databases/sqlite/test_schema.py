from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from nshot.databases import CellValues, Session, execute, read_schema
from nshot.errors import DataError, SqlExecutionError
from nshot.types import Column, ForeignKey, LeftOut, Table

Make = Callable[[str, str], Path]


def test_types_are_as_declared_and_names_in_their_own_case(pets: Path) -> None:
    schema = read_schema(pets)
    assert (schema.db_id, schema.dialect) == ("pets", "sqlite")
    assert schema.tables[1] == Table(
        "Pet",
        (
            Column("pet_id", "integer"),
            Column("owner_id", "int"),
            Column("kind", "text"),
            Column("birth year", "int"),
        ),
        ("pet_id",),
    )


def test_a_reference_without_columns_means_the_primary_key(pets: Path) -> None:
    assert read_schema(pets).foreign_keys == (ForeignKey("Pet", ("owner_id",), "Owner", ("owner_id",)),)


def test_composite_keys_keep_their_order(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE a (x, y, z, PRIMARY KEY (z, x));"
        "CREATE TABLE b (p, q, r, FOREIGN KEY (q, P) REFERENCES A (Z, x), FOREIGN KEY (p, r) REFERENCES a);",
    )
    schema = read_schema(file)
    assert schema.tables[0].primary_key == ("z", "x")
    assert schema.foreign_keys == (
        ForeignKey("b", ("q", "p"), "a", ("z", "x")),
        ForeignKey("b", ("p", "r"), "a", ("z", "x")),
    )


@pytest.mark.parametrize("reference", ["gone", "gone (x)", "a (gone)", "a (x, y)", "a"])
def test_a_reference_to_nothing_is_left_out(make_database: Make, reference: str) -> None:
    file = make_database(
        "d.sqlite",
        f"CREATE TABLE a (x, y); CREATE TABLE b (p, FOREIGN KEY (p) REFERENCES {reference});".replace(
            "(p) REFERENCES a (x, y)", "(p) REFERENCES a"
        ),
    )
    assert read_schema(file).foreign_keys == ()


def test_strange_names_are_kept(make_database: Make) -> None:
    file = make_database("d.sqlite", 'CREATE TABLE "a ""b"" c" ("x y" text, "über" int, "select" real);')
    (table,) = read_schema(file).tables
    assert table.name == 'a "b" c'
    assert [column.name for column in table.columns] == ["x y", "über", "select"]


def test_generated_columns_are_listed_and_own_tables_of_sqlite_are_not(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT, b INT AS (a + 1), c INT AS (a + 2) STORED);"
        "INSERT INTO t (a) VALUES (1); CREATE INDEX i ON t (b); ANALYZE;",
    )
    (table,) = read_schema(file).tables
    assert [column.name for column in table.columns] == ["a", "b", "c"]


def test_shadow_tables_and_hidden_columns_are_left_out(make_database: Make) -> None:
    file = make_database("d.sqlite", "CREATE VIRTUAL TABLE notes USING fts5(title, body);")
    (table,) = read_schema(file).tables
    assert (table.name, [column.name for column in table.columns]) == ("notes", ["title", "body"])


def test_views_come_after_tables_and_broken_views_not_at_all(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE a (x INT); CREATE VIEW v AS SELECT x AS y FROM a; CREATE TABLE b (x INT);"
        "CREATE TABLE c (x); CREATE VIEW w AS SELECT x FROM c; DROP TABLE c;",
    )
    schema = read_schema(file)
    assert [table.name for table in schema.tables] == ["a", "b", "v"]
    assert schema.left_out == (LeftOut("w", "no such table: main.c"),)


def test_json_functions_in_definitions_are_part_of_a_sound_schema(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE reading (id INTEGER PRIMARY KEY, body TEXT,"
        " station TEXT AS (json_extract(body, '$.station')), kind TEXT AS (body ->> 'kind') STORED);"
        "CREATE INDEX i ON reading (json_extract(body, '$.kind')) WHERE json_valid(body);"
        """INSERT INTO reading (body) VALUES ('{"station": "North Pier", "kind": "buoy"}');""",
    )
    schema = read_schema(file)
    (table,) = schema.tables
    assert [column.name for column in table.columns] == ["id", "body", "station", "kind"]
    assert schema.left_out == ()
    assert execute(file, "SELECT station, kind FROM reading").rows == (("North Pier", "buoy"),)
    assert len(CellValues.read(file, schema).matches("the buoy at North Pier")) == 2


def with_definition(file: Path, name: str, definition: str) -> Path:
    """Writes a CREATE statement into the file that this SQLite would not take."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        kind, page = ("table", 0) if "VIRTUAL" in definition else ("table", 2)
        connection.execute("DELETE FROM sqlite_master WHERE name = ?", (name,))
        connection.execute(
            "INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", (kind, name, name, page, definition)
        )
        connection.commit()
    return file


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        ("CREATE VIRTUAL TABLE odd USING vec0(embedding float[4])", "no such module: vec0"),
        ("CREATE TABLE odd (a, b INT MASKED (x))", "this version of SQLite does not understand"),
    ],
)
def test_a_table_that_sqlite_cannot_describe_is_named_and_the_others_are_used(
    make_database: Make, definition: str, reason: str
) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE odd (a); CREATE TABLE park (id INTEGER PRIMARY KEY, name TEXT, town TEXT);"
        "CREATE VIEW town AS SELECT DISTINCT town FROM park; INSERT INTO park VALUES (1, 'Oak', 'Norwick');",
    )
    schema = read_schema(with_definition(file, "odd", definition))
    assert [table.name for table in schema.tables] == ["park", "town"]
    assert [left_out.name for left_out in schema.left_out] == ["odd"]
    assert reason in schema.left_out[0].reason
    assert execute(file, "SELECT town FROM park").rows == (("Norwick",),)
    assert [match.table for match in CellValues.read(file, schema).matches("in Norwick")] == ["park", "town"]
    with Session() as session, pytest.raises(SqlExecutionError):
        session.execute(file, "SELECT * FROM odd")


def test_names_that_are_not_utf8_are_left_out_with_nothing_else(make_database: Make) -> None:
    file = make_database(
        "d.sqlite",
        "CREATE TABLE park (town TEXT); CREATE TABLE cup (a TEXT);"
        "CREATE TABLE t (b TEXT, x TEXT PRIMARY KEY);"
        "INSERT INTO park VALUES ('Norwick'); INSERT INTO t VALUES ('Mill', 'y');",
    )
    odd = "CAST(x'636166e9' AS TEXT)"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            f"UPDATE sqlite_master SET name = {odd}, tbl_name = {odd}, sql = replace(sql, 'cup', {odd})"
            " WHERE name = 'cup'"
        )
        column = f"' \"' || {odd} || '\" '"
        connection.execute(f"UPDATE sqlite_master SET sql = replace(sql, ' x ', {column}) WHERE name = 't'")
        connection.commit()
    schema = read_schema(file)
    assert schema.tables == (
        Table("park", (Column("town", "text"),)),
        Table("t", (Column("b", "text"),)),
    )
    reason = "its name is not valid UTF-8"
    assert schema.left_out == (LeftOut("caf\ufffd", reason), LeftOut("t.caf\ufffd", reason))
    found = CellValues.read(file, schema).matches("Mill in Norwick")
    assert [match.value for match in found] == ["Mill", "Norwick"]


def test_a_missing_file_and_a_file_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.sqlite"):
        read_schema(tmp_path / "gone.sqlite")
    text = tmp_path / "notes.sqlite"
    text.write_text("not a database, only some text that is long enough" * 10)
    with pytest.raises(DataError, match=r"notes\.sqlite"):
        read_schema(text)
    assert not (tmp_path / "gone.sqlite").exists()


@pytest.mark.spider
def test_schemas_of_spider_files_have_the_tables_and_keys_of_its_tables_file(spider: Path) -> None:
    from nshot.data import Catalog, schemas_from_tables_json

    catalog = Catalog(spider / "database")
    for db_id, listed in schemas_from_tables_json(spider / "test_tables.json").items():
        if catalog.path(db_id) is None:
            continue
        schema = catalog.schema(db_id)
        assert {t.name.lower() for t in schema.tables} == {t.name.lower() for t in listed.tables}, db_id
        for table in schema.tables:
            twin = listed.table(table.name)
            assert twin is not None
            assert [c.name.lower() for c in table.columns] == [c.name.lower() for c in twin.columns]
            assert bool(table.primary_key) == bool(twin.primary_key), (db_id, table.name)
