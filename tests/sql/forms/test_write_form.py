from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import cast

import pytest

from nshot.errors import OptionError
from nshot.sql import find_form, form_name, read_form, write_form
from nshot.sql.forms.spelling import SQLITE_RESERVED, sql_name
from nshot.types import Form

from .random_sql import SCHEMA

POSTGRES = replace(SCHEMA, dialect="postgres")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(
        OptionError, match="form must be one of written, tidy, named, from-first, got 'short'"
    ):
        write_form("select 1", cast("Form", "short"))


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "SELECT  Name ,Age\n FROM Singer -- all\n WHERE Age<>3 ;",
            "SELECT Name ,Age FROM Singer WHERE Age<>3 ;",
        ),
        ("SELECT 'a  b', \"c  d\", [e  f] /* x */", "SELECT 'a  b', \"c  d\", [e  f]"),
    ],
)
def test_written_is_the_source_on_one_line(sql: str, text: str) -> None:
    assert write_form(sql, "written", SCHEMA) == text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "SELECT COUNT ( * ) ,T1.Age FROM Singer AS T1 INNER JOIN Concert C ON T1.Age=C.Year GROUP BY Age",
            "select count(*), t1.age from singer as t1 join concert c on t1.age = c.year group by age",
        ),
        (
            'SELECT "Song Name" , `Age` FROM Singer WHERE Name = "O\'Neil" ORDER BY Age ASC , Name DESC',
            "select \"song name\", age from singer where name = 'O''Neil' order by age, name desc",
        ),
        (
            "SELECT -age , 3- -2 , - -age, age*-1, ~ age, 007 FROM singer",
            "select -age, 3 - -2, - -age, age * -1, ~age, 007 from singer",
        ),
        (
            "SELECT name FROM (singer JOIN concert ON 1=1) LEFT JOIN [order] ON 1 == 1",
            'select name from (singer join concert on 1 = 1) left join "order" on 1 = 1',
        ),
        ("DELETE FROM Singer WHERE Age>3", "delete from singer where age > 3"),
    ],
)
def test_tidy_is_one_lower_case_line(sql: str, text: str) -> None:
    assert write_form(sql, "tidy", SCHEMA) == text


@pytest.mark.parametrize(
    ("sql", "form", "why"),
    [
        ("select name from (singer join concert on 1 = 1)", "tidy", "not read as one query"),
        ("select singer from singer as singer", "tidy", "not read as one query"),
        ("select main.singer.name from main.singer", "tidy", "not read as one query"),
        ("select name from singer where age = ?", "written", "not read as one query"),
        ("select name from singer where name = 'x", "written", "not read as one query"),
        ("select name from singer where name = :name", "written", "not read as one query"),
        ("(" * 200 + "select 1" + ")" * 200, "tidy", "not read as one query"),
    ],
)
def test_what_cannot_be_told_for_certain_stays_plainer(sql: str, form: Form, why: str) -> None:
    written = find_form(sql, "from-first", SCHEMA)
    assert (written.form, written.why) == (form, why)
    assert read_form(written.text, SCHEMA) == written.text


def test_sqlite_looks_for_a_prefix_outside_where_the_table_lacks_the_column() -> None:
    """`normalise` takes the inner table there; so the text is left as it is."""
    sql = "select c.name from concert c where exists (select 1 from singer c where c.age = c.year)"
    assert find_form(sql, "from-first", SCHEMA).form == "tidy"


@pytest.mark.parametrize(
    "sql",
    [
        'select "Age"::double precision, count(*)::int from "Singer" group by "Age"',
        'select distinct on ("Age") "Age", "Name" from "Singer"',
        'select "Name" from "Singer" where "Name" !~* \'^a\' and "Age" @> \'{}\'::jsonb and "Age" <= -1',
        'select extract(year from "Year"), date \'2020-01-01\', interval \'1 day\' * "Year" from "Concert"',
        'select string_agg("Name", \', \' order by "Name") filter (where "Age" > 2) from "Singer"',
    ],
)
def test_expressions_of_postgres_are_kept(sql: str) -> None:
    assert write_form(sql, "named", POSTGRES) == sql
    assert read_form(write_form(sql, "from-first", POSTGRES), POSTGRES).lower() == sql.lower()


@pytest.mark.parametrize(
    "sql", ["select array[1, 2]", "select $$x$$", "select e'a\\'b'", "select x[i] from t"]
)
def test_literals_of_postgres_that_are_not_understood_are_not_touched(sql: str) -> None:
    assert find_form(sql, "from-first", POSTGRES)[:2] == (sql, "written")


def test_whole_rows_of_postgres_keep_their_alias() -> None:
    sql = 'select count(s) from "Singer" s'
    assert find_form(sql, "from-first", POSTGRES)[:2] == (sql, "tidy")


def test_sqlite_takes_every_name_as_it_is_spelled() -> None:
    """Reserved or not, with blanks, capitals, digits in front or quotes inside."""
    words = sorted(
        {
            *SQLITE_RESERVED,
            "offset",
            "full",
            "glob",
            "key",
            "rank",
            "year",
            "2nd",
            "a b",
            'a"b',
            "Größe",
            "$x",
        }
    )
    connection = sqlite3.connect(":memory:")
    for word in words:
        for name in (sql_name(word.title(), "sqlite"), form_name(word, "sqlite")):
            connection.execute(f"create table {name} ({name} int)")
            connection.execute(f"insert into {name} values (77)")
            found = connection.execute(f"select {name}, {name}.{name} from {name} where {name} = 77")
            assert found.fetchall() == [(77, 77)]
            connection.execute(f"drop table {name}")
    connection.close()


def test_sqlite_does_not_take_reserved_words_bare() -> None:
    connection = sqlite3.connect(":memory:")
    for word in sorted(SQLITE_RESERVED):
        try:
            connection.execute(f"create table {word} ({word} int)")
            connection.execute(f"insert into {word} values (77)")
            found = connection.execute(
                f"select {word}, {word}.{word} from {word} where {word} = 77"
            ).fetchall()
        except sqlite3.OperationalError:
            continue
        assert found != [(77, 77)], word
    connection.close()


def test_aliases_avoid_names_of_the_schema_and_of_with() -> None:
    sql = (
        "with t4 as (select x from [order])"
        " select a.x from [order] a join [order] b on a.x = b.y join t4 on t4.x = a.x"
    )
    assert write_form(sql, "named", SCHEMA) == (
        'with t4 as (select x from "order") select t5.x from "order" as t5 join "order" as t6'
        " on t5.x = t6.y join t4 on t4.x = t5.x"
    )
