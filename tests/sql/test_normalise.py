from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nshot.databases import Session
from nshot.errors import SqlError
from nshot.sql import normalise
from nshot.sql.quotes import quote_strings
from nshot.types import Column, Schema, Table

MUSIC = Schema(
    "music",
    (
        Table("singer", (Column("id"), Column("name"), Column("Song Name"))),
        Table("concert", (Column("id"), Column("singer_id"), Column("year"))),
    ),
)


def test_same_sql_has_one_normal_form(groups: Callable[[str], list[list[str]]]) -> None:
    split = [forms for group in groups("same.sql") if len(forms := {normalise(sql) for sql in group}) != 1]
    assert split == []


def test_different_sql_has_different_normal_forms(groups: Callable[[str], list[list[str]]]) -> None:
    merged = [
        group for group in groups("different.sql") if len({normalise(sql) for sql in group}) < len(group)
    ]
    assert merged == []


def test_the_normal_form_is_its_own_normal_form(groups: Callable[[str], list[list[str]]]) -> None:
    texts = [sql for name in ("same.sql", "different.sql") for group in groups(name) for sql in group]
    assert [normalise(normalise(sql)) for sql in texts] == [normalise(sql) for sql in texts]


@given(st.text())
def test_any_text_is_normalised(text: str) -> None:
    assert isinstance(normalise(text), str)


TOKENS = st.sampled_from(
    """select from where and or not in ( ) , . * = != < ' " ` ; t1 name `a b` 'x' "y" 1 1.50 as join on group
    by order having limit union all with between case when then else end distinct count { } {x}""".split()
)


@given(st.lists(TOKENS, max_size=25).map(" ".join))
def test_tokens_in_any_order_are_normalised_once_for_all(text: str) -> None:
    if text.count("'") % 2 == 0 and text.count('"') % 2 == 0 and text.count("`") % 2 == 0:
        once = normalise(text)
        assert normalise(once) == once


CONJUNCTS = ("a = 1", "b LIKE '%x%'", "c BETWEEN 1 AND 5", "d IN (SELECT e FROM u)", "(f = 1 OR g = 2)")


@given(st.permutations(CONJUNCTS))
def test_the_order_of_conjuncts_does_not_matter(conjuncts: list[str]) -> None:
    joined = " AND ".join(conjuncts)
    assert normalise(f"SELECT a FROM t WHERE {joined}") == normalise(
        f"SELECT a FROM t WHERE {' AND '.join(CONJUNCTS)}"
    )


def test_a_schema_tells_strings_from_names_in_double_quotes() -> None:
    sql = 'SELECT "Song Name" FROM singer WHERE name = "id" OR name = "Ann"'
    assert normalise(sql, MUSIC) == "select `song name` from singer where id = name or name = 'Ann'"
    assert "'id'" in normalise(sql)


def test_a_word_in_double_quotes_is_what_sqlite_takes_it_for() -> None:
    """A name where the statement's own tables have it; a string though another table bears it."""
    schema = Schema(
        "ward",
        (
            Table("ward", (Column("id"), Column("specialty"))),
            Table("medicine", (Column("code"), Column("dose"))),
            Table("bed", (Column("bed_id"),)),
        ),
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE ward (id, specialty)")
        connection.execute("CREATE TABLE medicine (code, dose)")
        connection.execute("CREATE TABLE bed (bed_id)")
        connection.execute("INSERT INTO bed VALUES (1)")
        connection.execute("INSERT INTO ward VALUES (1, 'medicine'), (2, 'dose'), (3, 'specialty')")
        connection.execute("INSERT INTO medicine VALUES ('code', 5), ('dose', 5)")
        for sql in (
            'SELECT id FROM ward WHERE specialty = "medicine"',
            'SELECT id FROM ward WHERE specialty = "dose"',
            'SELECT id FROM ward WHERE specialty IN ("medicine", "ward")',
            'SELECT id FROM ward WHERE "specialty" = "specialty"',
            'SELECT "id" FROM "ward" AS w, "medicine" WHERE specialty = "code"',
            'SELECT count(*) FROM "ward" JOIN "medicine" ON ward.specialty = "code"',
            'SELECT id FROM ward WHERE specialty = (SELECT max("code") FROM "medicine")',
            'SELECT count(*) FROM ward JOIN medicine ON specialty = lower("code"), "bed"',
            'WITH x AS (SELECT "code" FROM medicine) SELECT "code" FROM x',
        ):
            plain = quote_strings(sql, schema)
            assert (
                connection.execute(plain.replace('"', "`")).fetchall() == connection.execute(sql).fetchall()
            )


def test_a_schema_gives_bare_columns_to_their_table() -> None:
    bare = "SELECT name FROM singer JOIN concert ON singer.id = singer_id WHERE year > 2000"
    full = "SELECT s.name FROM singer s JOIN concert c ON c.singer_id = s.id WHERE c.year > 2000"
    assert normalise(bare, MUSIC) == normalise(full, MUSIC)
    assert normalise(bare) != normalise(full)


def test_text_that_is_no_query_is_normalised_token_by_token() -> None:
    assert normalise("DELETE  From T where A<>1 ;") == "delete from t where a != 1"


@pytest.mark.parametrize(
    "sql", ["(" * 50_000, "SELECT " + "(" * 50_000 + "1" + ")" * 50_000, "case " * 5_000]
)
def test_deep_nesting_is_normalised_token_by_token(sql: str) -> None:
    assert len(normalise(sql)) >= 5_000


@pytest.mark.spider
def test_the_normal_form_of_gold_returns_the_same_rows(
    gold: dict[str, list[tuple[str, str]]], spider: Path
) -> None:
    outcomes: Counter[str] = Counter()
    with Session() as session:
        for row in dict.fromkeys(row for name in ("train_spider", "dev") for row in gold[name][::5]):
            path = spider / "database" / row[1] / f"{row[1]}.sqlite"
            expected, got = (rows(session, path, sql) for sql in (row[0], normalise(row[0])))
            outcomes["fails" if expected is None else "same" if expected == got else row[0]] += 1
    assert set(outcomes) <= {"same", "fails"}
    assert outcomes["fails"] <= 2


def rows(session: Session, path: Path, sql: str) -> list[str] | None:
    """Up to 2,000 rows in order of their text; None if the database rejects the SQL."""
    try:
        return sorted(map(repr, session.execute(path, sql, 2_000).rows))
    except SqlError:
        return None
