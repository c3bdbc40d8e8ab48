from __future__ import annotations

from tests.databases.postgres.conftest import MakePostgres

from nshot.databases import CellValues, execute, read_schema
from nshot.prompting import ddl


def test_schema_and_values_of_a_server(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TABLE park (id serial PRIMARY KEY, name varchar(90), town text, code uuid, tags text[]);"
        "COMMENT ON COLUMN park.town IS 'the nearest one';"
        "INSERT INTO park (name, town) VALUES ('Alder Field', 'Norwick'), ('Mill Green', repeat('x', 81));"
        "CREATE TABLE visit (park_id int REFERENCES park, note text);"
    )
    schema = read_schema(url, "parks")
    assert (schema.db_id, schema.dialect) == ("parks", "postgres")
    assert [table.name for table in schema.tables] == ["park", "visit"]
    assert schema.tables[0].columns[2].description == "the nearest one"
    assert [key.ref_table for key in schema.foreign_keys] == ["park"]
    values = CellValues.read(url, schema)
    assert values.complete
    assert sorted(values._cells) == ["alder field", "mill green", "norwick"]


def test_reading_values_is_bounded_on_a_server(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TABLE t (a text); INSERT INTO t SELECT 'value ' || i FROM generate_series(1, 100) AS s(i)"
    )
    schema = read_schema(url)
    assert len(CellValues.read(url, schema, max_rows=30)) == 30
    assert len(CellValues.read(url, schema, max_values_per_column=10)) == 10
    assert len(CellValues.read(url, schema, max_length=7)) == 9
    assert not CellValues.read(url, schema, seconds=1e-9).complete


def test_names_as_the_prompt_shows_them_run_on_the_server(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        'CREATE TABLE "Customer" ("customerId" serial PRIMARY KEY, "fullName" varchar(40), "homeTown" text);'
        'CREATE TABLE "user" (id serial PRIMARY KEY, "desc" text, "end" date, " x" numeric(8, 2)[]);'
        """INSERT INTO "Customer" ("fullName", "homeTown") VALUES ('Ana Petrov', 'Norwick')"""
    )
    schema = read_schema(url)
    assert read_schema(make_postgres(ddl(schema))).tables == schema.tables
    sql = """SELECT "fullName" FROM "Customer" WHERE "homeTown" = 'Norwick'"""
    assert execute(url, sql).rows == (("Ana Petrov",),)
