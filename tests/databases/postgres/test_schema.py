from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from tests.databases.postgres.conftest import MakePostgres

from nshot.data import Catalog
from nshot.databases import CellValues, execute, read_schema
from nshot.errors import DataError, SqlRefusedError
from nshot.types import ForeignKey, LeftOut

AsReader = Callable[[str], str]


@pytest.fixture
def as_reader(server: str) -> AsReader:
    """The URL of a database for the role `nshot_reader`, which owns nothing."""
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(
            "DO $$ BEGIN CREATE ROLE nshot_reader LOGIN PASSWORD 'sekret';"
            " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
    return lambda url: url.replace("//postgres@", "//nshot_reader:sekret@")


def test_materialized_views_partitions_and_views_are_in_the_schema(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TABLE sale (id serial, shop text, day date) PARTITION BY RANGE (day);"
        "CREATE TABLE sale_2024 PARTITION OF sale FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
        "INSERT INTO sale (shop, day) VALUES ('Norwick', '2024-05-01'), ('Norwick', '2024-05-02');"
        "CREATE VIEW shop_list AS SELECT DISTINCT shop FROM sale;"
        "CREATE MATERIALIZED VIEW a_total AS SELECT shop, count(*) AS sales FROM sale GROUP BY shop;"
        "COMMENT ON MATERIALIZED VIEW a_total IS 'sales of each shop';"
        "CREATE MATERIALIZED VIEW later AS SELECT shop FROM sale WITH NO DATA; CREATE TABLE nothing ();"
    )
    schema = read_schema(url)
    assert [table.name for table in schema.tables] == ["sale", "shop_list", "a_total"]
    total = schema.tables[2]
    assert ([column.name for column in total.columns], total.description) == (
        ["shop", "sales"],
        "sales of each shop",
    )
    assert schema.left_out == (
        LeftOut("later", "the materialized view has not been populated"),
        LeftOut("nothing", "it has no columns"),
    )
    assert execute(url, "SELECT * FROM a_total").rows == (("Norwick", 2),)
    values = CellValues.read(url, schema)
    assert values.complete
    assert [match.table for match in values.matches("in Norwick")] == ["sale", "shop_list", "a_total"]


def test_what_the_role_may_not_read_is_left_out_and_the_rest_has_its_values(
    make_postgres: MakePostgres, as_reader: AsReader
) -> None:
    url = make_postgres(
        "CREATE TABLE access_log (id serial PRIMARY KEY, message text);"
        "CREATE TABLE doctor (id serial PRIMARY KEY, name text, ward text, log_id int REFERENCES access_log);"
        "CREATE TABLE patient (id int PRIMARY KEY, name text, illness text, doctor_id int REFERENCES doctor);"
        "INSERT INTO doctor (name, ward) VALUES ('Ida Boss', 'North Wing');"
        "INSERT INTO patient VALUES (1, 'Max Low', 'secret illness', 1);"
        "GRANT USAGE ON SCHEMA public TO nshot_reader; GRANT SELECT ON doctor TO nshot_reader;"
        "GRANT SELECT (name, doctor_id) ON patient TO nshot_reader;"
    )
    schema = read_schema(as_reader(url))
    shown = {table.name: [column.name for column in table.columns] for table in schema.tables}
    assert shown == {"doctor": ["id", "name", "ward", "log_id"], "patient": ["name", "doctor_id"]}
    assert [table.primary_key for table in schema.tables] == [("id",), ()]
    assert schema.foreign_keys == (ForeignKey("patient", ("doctor_id",), "doctor", ("id",)),)
    assert [(one.name, one.reason) for one in schema.left_out] == [
        ("access_log", "the role has no privilege to read it"),
        ("patient.id", "the role has no privilege to read it"),
        ("patient.illness", "the role has no privilege to read it"),
    ]
    values = CellValues.read(as_reader(url), schema)
    found = values.matches("Does Ida Boss of the North Wing see Max Low with a secret illness?")
    assert [(match.column, match.value) for match in found] == [
        ("name", "Ida Boss"),
        ("ward", "North Wing"),
        ("name", "Max Low"),
    ]
    assert values.complete
    with pytest.raises(SqlRefusedError, match="permission denied"):
        execute(as_reader(url), "SELECT message FROM access_log")


def test_a_namespace_that_the_role_may_not_use_has_nothing_to_read(
    make_postgres: MakePostgres, as_reader: AsReader
) -> None:
    url = make_postgres(
        "CREATE TABLE doctor (name text); GRANT SELECT ON doctor TO nshot_reader;"
        "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    )
    with pytest.raises(DataError, match=r"no tables to read: doctor: the role has no privilege") as caught:
        Catalog().resolve(as_reader(url))
    assert "sekret" not in str(caught.value)


def test_a_table_whose_reading_fails_takes_no_values_of_others_with_it(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TABLE item (name text); INSERT INTO item VALUES ('cup');"
        "CREATE VIEW broken AS SELECT 'x' || 1 / (length(name) - 3) AS word, name FROM item;"
    )
    values = CellValues.read(url, read_schema(url))
    assert [match.table for match in values.matches("a cup")] == ["item", "broken"]
    assert values.left_out == (LeftOut("broken.word", "division by zero"),)
    assert not values.complete


def test_types_of_every_kind_are_named_and_their_texts_read(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TYPE mood AS ENUM ('Happy', 'Sad'); CREATE DOMAIN label AS text; CREATE TABLE nothing ();"
        "CREATE TABLE odd (m mood, l label, j jsonb, x xml, h inet, b bytea, a text[]);"
        """INSERT INTO odd VALUES ('Happy', 'Big Tag', '{"a": 1}', '<a/>', '10.0.0.1', 'bytes', '{Arr}');"""
    )
    schema = read_schema(url)
    (odd,) = schema.tables
    assert [column.type for column in odd.columns] == [
        "mood", "label", "jsonb", "xml", "inet", "bytea", "text[]"
    ]  # fmt: skip
    values = CellValues.read(url, schema)
    assert values.complete
    found = values.matches("Happy with the Big Tag and bytes")
    assert [(match.column, match.value) for match in found] == [("m", "Happy"), ("l", "Big Tag")]


def test_a_namespace_of_the_roles_own_is_the_default(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        'CREATE SCHEMA "Own name"; CREATE TABLE public.a (x int PRIMARY KEY);'
        'CREATE TABLE "Own name".b (y int REFERENCES public.a, z int UNIQUE);'
        'CREATE TABLE "Own name".a (z int REFERENCES "Own name".b (z));'
        "DO $$ BEGIN EXECUTE"
        " format('ALTER DATABASE %I SET search_path = %I', current_database(), 'Own name'); END $$"
    )
    schema = read_schema(url)
    assert [(table.name, len(table.columns)) for table in schema.tables] == [("b", 2), ("a", 1)]
    assert schema.foreign_keys == (ForeignKey("a", ("z",), "b", ("z",)),)


def test_a_server_that_does_not_answer_is_a_data_error_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(DataError, match="cannot read the schema") as caught:
        read_schema("postgresql://user:sekret@localhost:1/none")
    assert "sekret" not in str(caught.value)


def test_namespaces_of_the_search_path_are_read_and_others_are_named(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE SCHEMA sales; CREATE SCHEMA hidden; CREATE TABLE public.customer (id int PRIMARY KEY);"
        "CREATE TABLE sales.orders (id int PRIMARY KEY, customer_id int REFERENCES public.customer);"
        "CREATE TABLE sales.customer (other int); CREATE TABLE hidden.secret (a int);"
    )
    (only,) = read_schema(url).left_out[:1]
    assert only.name == "hidden.*"
    assert only.reason.startswith("1 table is not on the search path")
    both = f"{url}?options=-csearch_path%3Dpublic,sales"
    schema = read_schema(both)
    assert [(table.name, table.columns[0].name) for table in schema.tables] == [
        ("customer", "id"), ("orders", "id")
    ]  # fmt: skip
    assert schema.foreign_keys == (ForeignKey("orders", ("customer_id",), "customer", ("id",)),)
    assert execute(both, "SELECT count(*) FROM orders").rows == ((0,),)


def test_labels_of_an_enumeration_are_in_the_description(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        """CREATE TYPE "Mood" AS ENUM ('Happy', 'Sad'); CREATE DOMAIN state AS "Mood";"""
        """CREATE TABLE t (m "Mood", many "Mood"[], s state); COMMENT ON COLUMN t.m IS 'of the day';"""
    )
    columns = read_schema(url).tables[0].columns
    assert [(column.type, column.description) for column in columns] == [
        ('"Mood"', "of the day; one of Happy, Sad"),
        ('"Mood"[]', "one of Happy, Sad"),
        ("state", "one of Happy, Sad"),
    ]


def test_the_catalogue_says_which_columns_hold_text(make_postgres: MakePostgres) -> None:
    url = make_postgres(
        "CREATE TYPE point_kind AS ENUM ('Summit', 'Valley'); CREATE DOMAIN printed_label AS text;"
        "CREATE TABLE t (a point_kind, b printed_label, c interval, d int4range, e bytea, f varchar(9));"
        "INSERT INTO t VALUES ('Summit', 'Alder Field', '1 day', '[1,2]', 'bytes', 'Norwick')"
    )
    values = CellValues.read(url, read_schema(url))
    assert values.complete
    assert sorted(values._cells) == ["alder field", "norwick", "summit"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Public,SALES", ["item", "orders"]),
        ('"Sales, EU"', ["bill"]),
        ('nowhere,"a""b",pg_temp', ["q"]),
        ('"SALES"', []),
        ('""', []),
    ],
)
def test_a_search_path_is_read_as_the_server_reads_it(
    path: str, found: list[str], make_postgres: MakePostgres
) -> None:
    url = make_postgres(
        'CREATE SCHEMA "Sales, EU"; CREATE SCHEMA sales; CREATE SCHEMA "a""b"; CREATE TABLE item (a int);'
        'CREATE TABLE "Sales, EU".bill (a int); CREATE TABLE sales.orders (a int);'
        'CREATE TABLE "a""b".q (a int);'
    )
    escaped = quote("-csearch_path=" + path.replace(" ", "\\ "))
    assert [table.name for table in read_schema(f"{url}?options={escaped}").tables] == found
    if not found:
        left_out = {one.name: one.reason for one in read_schema(f"{url}?options={escaped}").left_out}
        for space, tables in (("Sales, EU", ["bill"]), ('a"b', ["q"])):
            told = left_out[f"{space}.*"].partition("(")[2].rstrip(")")
            assert [table.name for table in read_schema(url + told).tables] == tables
