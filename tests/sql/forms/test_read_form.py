from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.sql import read_form
from nshot.types import Column, ForeignKey, Schema, Table

from .random_sql import SCHEMA

POSTGRES = replace(SCHEMA, dialect="postgres")


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_form(text, SCHEMA), str)


WORDS = st.sampled_from(
    """select from where and or not in ( ) , . * = != < ' " ` ; t1 name singer concert "order line" 'x' 1.5
    - as join left cross natural on using group by order having limit union all with between case when then
    else end distinct count exists values is null over filter [ ] :: ? @ age "age" $""".split()
)


@given(st.lists(WORDS, max_size=30).map(" ".join), st.sampled_from([SCHEMA, POSTGRES, None]))
def test_words_in_any_order_are_read(text: str, schema: Schema | None) -> None:
    once = read_form(text, schema)
    assert isinstance(read_form(once, schema), str)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I do not know.",
        "from singer",
        "from singer select",
        "from singer select name where",
        "from singer select name group name",
        "from singer join select name",
        "from singer join join concert select singer.name",
        "from singer concert select name select age",
        "from singer select name union",
        "from singer select name where (age > 3",
        "from singer select name where name = 'x",
        "from singer select , name",
        "from singer select name where age = ?",
        "DELETE FROM singer",
        "(" * 50_000,
    ],
)
def test_what_is_no_query_is_returned_unchanged(text: str) -> None:
    assert read_form(text, SCHEMA) == text


def test_a_text_cut_anywhere_is_read() -> None:
    text = "from singer join singer_in_concert select age where fee > (from concert select max(year)) limit 3"
    for end in range(len(text)):
        assert isinstance(read_form(text[:end], SCHEMA), str)


def test_deep_sub_queries_are_read() -> None:
    text = "from singer select age"
    for _ in range(90):
        text = f"from singer select age where age in ({text})"
    assert read_form(text, SCHEMA).count("(SELECT Age FROM Singer") == 90


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("FROM SINGER SELECT AGE", "SELECT Age FROM Singer"),
        ("select t1.age from singer as t1", "SELECT Age FROM Singer"),
        (
            "from singer select name where age > (select max(age) from singer)",
            "SELECT Name FROM Singer WHERE Age > (SELECT max(Age) FROM Singer)",
        ),
        ("from singer as s select s.age order by s.age", "SELECT Age FROM Singer ORDER BY Age"),
        (
            "from singer join singer_in_concert select age, fee",
            "SELECT Singer.Age, Singer_in_Concert.Fee FROM Singer JOIN Singer_in_Concert"
            " ON Singer.Singer_ID = Singer_in_Concert.Singer_ID",
        ),
    ],
)
def test_texts_that_no_form_writes_are_read_too(text: str, sql: str) -> None:
    assert read_form(text, SCHEMA) == sql


def test_names_that_the_schema_does_not_have_stay() -> None:
    sql = "SELECT Singer.nme, band.x FROM Singer JOIN band WHERE rowid = 3"
    assert read_form("from singer join band select singer.nme, band.x where rowid = 3", SCHEMA) == sql


def test_a_join_that_no_key_connects_has_no_condition() -> None:
    assert (
        read_form("from singer join concert select singer.age", SCHEMA)
        == "SELECT Singer.Age FROM Singer JOIN Concert"
    )
    postgres = read_form("from singer join concert select singer.age", POSTGRES)
    assert postgres == 'SELECT "Singer"."Age" FROM "Singer" CROSS JOIN "Concert"'


def test_a_join_written_select_first_stays_without_condition() -> None:
    sql = "SELECT Singer.Age FROM Singer JOIN Singer_in_Concert"
    assert read_form("select singer.age from singer join singer_in_concert", SCHEMA) == sql


def test_a_condition_is_restored_from_the_latest_table_and_the_first_key() -> None:
    schema = Schema(
        "keys",
        tuple(Table(name, (Column("id"), Column("x"), Column("y"))) for name in ("a", "b", "c")),
        (
            ForeignKey("c", ("y",), "a", ("id",)),
            ForeignKey("b", ("y",), "c", ("id",)),
            ForeignKey("c", ("x",), "b", ("id",)),
        ),
    )
    assert read_form("from a join b on a.x = b.x join c select a.id", schema).endswith("JOIN c ON b.y = c.id")
    assert read_form("from b join a on a.x = b.x join c select a.id", schema).endswith("JOIN c ON a.id = c.y")
    assert read_form("from b left join c select b.id", schema).endswith("LEFT JOIN c ON b.y = c.id")


def test_tables_of_with_have_no_keys() -> None:
    head = "with singer_in_concert as (from concert select year)"
    text = f"{head} from singer join singer_in_concert select singer.age"
    assert read_form(text, SCHEMA).endswith("SELECT Singer.Age FROM Singer JOIN singer_in_concert")


def test_postgres_names_get_their_letter_case_and_quotes() -> None:
    text = "from singer join singer_in_concert select singer.name where fee > 3 and singer.name ilike 'a%'"
    assert read_form(text, POSTGRES) == (
        'SELECT "Singer"."Name" FROM "Singer" JOIN "Singer_in_Concert"'
        ' ON "Singer"."Singer_ID" = "Singer_in_Concert"."Singer_ID"'
        ' WHERE "Singer_in_Concert"."Fee" > 3 AND "Singer"."Name" ilike \'a%\''
    )


def test_mysql_quotes_in_its_own_way() -> None:
    mysql = replace(SCHEMA, dialect="mysql")
    assert read_form('from "order line" select qty', mysql) == "SELECT Qty FROM `Order Line`"
