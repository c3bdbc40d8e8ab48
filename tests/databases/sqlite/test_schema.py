from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.databases import read_schema
from nshot.errors import DataError
from nshot.types import Column, ForeignKey, Table

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
    assert [table.name for table in read_schema(file).tables] == ["a", "b", "v"]


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
