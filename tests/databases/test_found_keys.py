"""Foreign keys that a database does not declare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nshot.databases import content_checks, find_keys, read_schema

Make = Callable[[str, str], Path]

FLIGHTS = """
CREATE TABLE airlines (carrier text, name text);
CREATE TABLE planes (tailnum text, year int);
CREATE TABLE station (id int PRIMARY KEY, name text);
CREATE TABLE flights (
  year int, carrier text, tailnum text, start_station_id int, end_station_id int, name text
);
INSERT INTO airlines VALUES ('AA', 'American'), ('UA', 'United');
INSERT INTO planes VALUES ('N1', 2001), ('N2', 2002);
INSERT INTO station VALUES (1, 'a'), (2, 'b');
INSERT INTO flights VALUES
  (2013, 'AA', 'N1', 1, 2, 'x'), (2013, 'UA', 'N2', 2, 1, 'y'), (2013, 'UA', NULL, 1, 1, 'z');
"""


def found(path: Path) -> list[str]:
    schema = read_schema(path)
    return [
        f"{key.table}.{key.columns[0]} = {key.ref_table}.{key.ref_columns[0]}"
        for key in find_keys(schema, content_checks(path, schema))
    ]


def test_keys_are_found_by_names_and_content(make_database: Make) -> None:
    assert found(make_database("flights", FLIGHTS)) == [
        "flights.carrier = airlines.carrier",
        "flights.tailnum = planes.tailnum",
        "flights.start_station_id = station.id",
        "flights.end_station_id = station.id",
    ]


def test_a_name_alone_is_not_enough(make_database: Make) -> None:
    other = FLIGHTS.replace("VALUES ('AA', 'American'), ('UA', 'United')", "VALUES ('XX', 'a'), ('YY', 'b')")
    assert "flights.carrier = airlines.carrier" not in found(make_database("other", other))
    twice = FLIGHTS.replace("('N1', 2001), ('N2', 2002)", "('N1', 2001), ('N1', 2002), ('N2', 2002)")
    assert "flights.tailnum = planes.tailnum" not in found(make_database("twice", twice))


def test_declared_keys_are_not_found_again(make_database: Make) -> None:
    sql = """
    CREATE TABLE singer (singer_id int PRIMARY KEY, name text);
    CREATE TABLE song (song_id int PRIMARY KEY, singer_id int REFERENCES singer (singer_id));
    INSERT INTO singer VALUES (1, 'a'); INSERT INTO song VALUES (1, 1);
    """
    assert found(make_database("declared", sql)) == []


def test_prefixes_of_a_table_do_not_hide_a_key(make_database: Make) -> None:
    sql = """
    CREATE TABLE customer (c_custkey int, c_name text, c_phone text);
    CREATE TABLE orders (o_orderkey int, o_custkey int, o_total real);
    INSERT INTO customer VALUES (1, 'a', ''), (2, 'b', '');
    INSERT INTO orders VALUES (7, 1, 1.0), (8, 1, 2.0);
    """
    assert found(make_database("prefixes", sql)) == ["orders.o_custkey = customer.c_custkey"]


def test_an_empty_database_has_none(make_database: Make) -> None:
    assert (
        found(make_database("empty", "CREATE TABLE a (b_id int); CREATE TABLE b (id int PRIMARY KEY)")) == []
    )
