"""Statements of SQLite, run on SQLite and, translated, on the other engines: the rows are the
same."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.databases.duckdb.conftest import make_duckdb
from tests.databases.mysql.conftest import make_mysql, mysql_server
from tests.databases.postgres.conftest import make_postgres, server

from nshot.databases import execute, read_schema
from nshot.sql import translate
from nshot.types import Column, Schema, Table

__all__ = ["make_duckdb", "make_mysql", "make_postgres", "mysql_server", "server"]

SCRIPT = """
CREATE TABLE "Singer" ("Singer_ID" INT PRIMARY KEY, "Name" VARCHAR(40), "Country" VARCHAR(40), "Age" INT,
  "Debut year" VARCHAR(10), "Pay" DOUBLE PRECISION, "Born" VARCHAR(20));
CREATE TABLE concert (id INT PRIMARY KEY, "Singer_ID" INT, year VARCHAR(10), visitors VARCHAR(20),
  "order" INT);
INSERT INTO "Singer" VALUES (1, 'Joe Sharp', 'France', 52, '1992', 10.5, '1974-03-01'),
  (2, 'Timbaland', 'United States', 32, '2008', 20.25, '1994-11-30'),
  (3, 'Rose White', 'France', 41, '2003', NULL, '1985-01-15'),
  (4, 'john nizinik', 'France', 43, NULL, 7.0, '1983-07-09'),
  (5, 'Tribal King', 'Spain', 25, '2016', 3.0, NULL);
INSERT INTO concert VALUES (1, 1, '2014', '1200', 1), (2, 1, '2015', '90 or so', 2), (3, 2, '2014', '', 3),
  (4, 5, '2015', '300', 4);
"""

STATEMENTS = [
    "SELECT name, country FROM singer ORDER BY age DESC",
    'SELECT name FROM singer WHERE country = "France"',
    "SELECT T1.NAME FROM Singer AS t1 JOIN concert AS T2 ON T1.singer_id = t2.singer_id WHERE T2.year = 2014",
    "SELECT name FROM singer WHERE name LIKE '%JOHN%' OR name LIKE 't%'",
    "SELECT name FROM singer WHERE age LIKE '4%'",
    "SELECT country, name, count(*) FROM singer GROUP BY country HAVING count(*) = 1",
    "SELECT name, max(age) FROM singer",
    "SELECT country, name, min(age) FROM singer GROUP BY country",
    "SELECT count(*) AS n, country FROM singer GROUP BY country HAVING n > 1",
    "SELECT * FROM singer GROUP BY singer_id",
    "SELECT DISTINCT country FROM singer ORDER BY age",
    "SELECT DISTINCT country FROM singer WHERE country = 'Spain' OR age > 50 ORDER BY country",
    "SELECT age / 10, age / 10.0, age % 10 FROM singer WHERE singer_id < 3",
    "SELECT avg(age), sum(age), round(avg(pay), 2), total(pay) FROM singer",
    "SELECT sum(visitors), avg(visitors) FROM concert",
    "SELECT count(*) FROM concert WHERE visitors > 1000",
    "SELECT name FROM singer WHERE `debut year` > 2000",
    "SELECT name FROM singer WHERE age > '40' AND age != 'many'",
    "SELECT name FROM singer WHERE age IN ('52', '25') OR country IN ('Spain')",
    "SELECT name FROM singer WHERE singer_id NOT IN (SELECT singer_id FROM concert)",
    "SELECT name FROM singer WHERE age = (SELECT max(age) FROM singer)",
    "SELECT count(*) FROM (SELECT country FROM singer GROUP BY country)",
    "SELECT name FROM singer UNION SELECT year FROM concert",
    "SELECT country FROM singer INTERSECT SELECT country FROM singer WHERE age < 30",
    "SELECT name FROM singer EXCEPT SELECT name FROM singer WHERE age > 40",
    "SELECT max(age, 40), ifnull(`debut year`, 'none'), coalesce(pay, 0) FROM singer",
    "SELECT substr(name, 1, 3), substr(name, -2), upper(name) || '!', length(name), trim(name) FROM singer",
    "SELECT CASE WHEN age > 40 THEN 'old' ELSE 'young' END AS kind, count(*) FROM singer GROUP BY kind",
    "SELECT sum(age > 40) FROM singer",
    "SELECT name FROM singer WHERE NOT age BETWEEN 30 AND 45 LIMIT 10",
    'SELECT "order" FROM concert ORDER BY "order" LIMIT 2 OFFSET 1',
    "SELECT group_concat(country) FROM singer WHERE age > 50",
    "SELECT strftime('%Y', born), count(*) FROM singer WHERE born IS NOT NULL GROUP BY strftime('%Y', born)",
    "SELECT name FROM singer WHERE strftime('%m', born) = '03'",
    "SELECT name FROM singer WHERE born > '1980-01-01' AND born < date('now')",
    "SELECT name FROM singer WHERE strftime('%Y', born) < strftime('%Y', 'now', '-40 years')",
    "SELECT count(*) FROM singer WHERE born >= date('now', '-20 years', 'start of year')",
    "SELECT date(born, '+1 month'), strftime('%w', born), strftime('%d.%m.%Y', born) FROM singer",
    "SELECT round(julianday(max(born)) - julianday(min(born))) FROM singer",
    "SELECT name FROM singer WHERE datetime(born) < datetime('now', '-1 day') AND date(born) > '1980-01-01'",
    "SELECT CAST(strftime('%Y', born) AS INTEGER) + 1 FROM singer",
    "WITH old AS (SELECT name, age FROM singer WHERE age > 40) SELECT count(*), max(age) FROM old",
    "SELECT s.name, (SELECT count(*) FROM concert c WHERE c.singer_id = s.singer_id) FROM singer s",
    "SELECT name, rank() OVER (ORDER BY age DESC) FROM singer",
    "SELECT name FROM singer WHERE name = 'JOE SHARP' COLLATE NOCASE",
    "SELECT name FROM singer WHERE `debut year` IS NOT '1992'",
    "SELECT instr(name, 'o'), replace(name, 'o', '0') FROM singer",
    "SELECT CAST(visitors AS INTEGER), CAST(age AS TEXT) FROM concert JOIN singer USING (singer_id)",
]


@pytest.fixture(scope="module")
def expected() -> dict[str, Counter[tuple[str, ...]]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCRIPT)
        return {sql: normal(connection.execute(sql).fetchall()) for sql in STATEMENTS}


def normal(rows: Any) -> Counter[tuple[str, ...]]:
    return Counter(tuple(map(value, row)) for row in rows)


def value(cell: Any) -> str:
    """One text for equal values of the engines: 1, 1.0 and True."""
    if isinstance(cell, date):
        return repr(cell.isoformat())
    return f"{float(cell):.9g}" if isinstance(cell, bool | int | float | Decimal) else repr(cell)


@pytest.fixture(params=["make_duckdb", "make_postgres", "make_mysql"])
def made(request: pytest.FixtureRequest) -> tuple[str | Path, Schema]:
    make: Callable[[str], str | Path] = request.getfixturevalue(request.param)
    source = make(SCRIPT)
    return source, read_schema(source)


def test_translated_statements_give_the_rows_of_sqlite(
    made: tuple[str | Path, Schema], expected: dict[str, Counter[tuple[str, ...]]]
) -> None:
    source, schema = made
    wrong = []
    for sql in STATEMENTS:
        text = translate(sql, schema)
        try:
            found = normal(execute(source, text).rows)
        except Exception as error:  # noqa: BLE001 - all statements are tried
            wrong.append((sql, text, repr(error)))
            continue
        if found != expected[sql]:
            wrong.append((sql, text, f"{expected[sql]} but {found}"))
    assert not wrong, "\n".join(map(str, wrong))


TYPED = """
CREATE TABLE sale (id INT, day DATE, moment {time}, price DECIMAL(8, 2), scan {blob}, paid BOOLEAN);
INSERT INTO sale VALUES (1, '1997-01-31', '1997-01-31 10:00:00', 19.75, 'ab', TRUE),
  (2, '1997-02-01', '1997-02-01 00:00:00', 3.5, 'c', FALSE), (3, NULL, NULL, -2.75, NULL, NULL);
"""
TYPES = {"make_duckdb": ("TIMESTAMP", "BLOB"), "make_postgres": ("TIMESTAMP", "BYTEA")}
ON_TYPES = [
    "SELECT count(*) FROM sale WHERE day = ''",
    "SELECT id FROM sale WHERE day > '1997-01' AND moment < '1998'",
    "SELECT id FROM sale WHERE moment LIKE '1997-02%' OR day BETWEEN '1997' AND '1997-01-31'",
    "SELECT id FROM sale WHERE day IN ('1997-02-01', '') OR moment >= '1997-02-01 00:00:00'",
    "SELECT CAST(price AS INTEGER), CAST(price * 1.0 / 3 AS INT) FROM sale",
    "SELECT length(scan), hex(scan), hex(id), hex('x') FROM sale WHERE id < 3",
    "SELECT id, strftime('%Y-%m', moment) FROM sale WHERE paid = 1 OR NOT paid",
    "SELECT day IS NULL, id, price, paid, length(scan), hex(id) FROM sale GROUP BY day IS NULL",
]


@pytest.mark.parametrize("kind", ["make_duckdb", "make_postgres", "make_mysql"])
def test_dates_decimals_and_blobs_of_their_own_types_are_read_as_sqlite_does(
    kind: str, request: pytest.FixtureRequest
) -> None:
    make: Callable[[str], str | Path] = request.getfixturevalue(kind)
    time, blob = TYPES.get(kind, ("DATETIME", "BLOB"))
    source = make(TYPED.format(time=time, blob=blob))
    schema = read_schema(source)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TYPED.format(time="TEXT", blob="BLOB"))
        for sql in ON_TYPES:
            text = translate(sql, schema)
            assert normal(execute(source, text).rows) == normal(connection.execute(sql).fetchall()), text


def test_a_truth_value_may_be_written_as_a_word() -> None:
    shop = Schema("shop", (Table("item", (Column("paid", "tinyint(1)"),)),), (), "mysql")
    assert translate("SELECT 1 FROM item WHERE paid = 'true'", shop) == "SELECT 1 FROM item WHERE paid = TRUE"
    assert translate("SELECT 1 FROM item WHERE paid = 'N'", shop) == "SELECT 1 FROM item WHERE paid = FALSE"


def test_what_is_in_the_dialect_already_or_does_not_parse_stays_as_it_is() -> None:
    shop = Schema("shop", (Table("item", (Column("id", "int"),)),), (), "postgres")
    assert translate("SELECT id::text FROM item", shop, "postgres") == "SELECT id::text FROM item"
    assert translate("SELECT FROM WHERE (", shop) == "SELECT FROM WHERE ("


def test_a_target_may_be_named() -> None:
    shop = Schema("shop", (Table("Item", (Column("Id", "int"),)),))
    assert translate("SELECT id FROM item", shop, target="postgres") == 'SELECT "Id" FROM "Item"'
    assert translate("SELECT id FROM item", shop, target="mysql") == "SELECT Id FROM Item"


def test_a_table_of_the_schema_has_no_prefix() -> None:
    shop = Schema("shop", (Table("item", (Column("id", "int"),)),))
    assert translate("SELECT TOP 1 dbo.item.id FROM dbo.item", shop, "tsql") == (
        "SELECT item.id FROM item LIMIT 1"
    )
    assert translate("SELECT x.id FROM dbo.other AS x", shop, "tsql") == "SELECT x.id FROM dbo.other AS x"
    assert translate("SELECT id FROM main.item", shop, target="postgres") == "SELECT id FROM item"


@pytest.mark.parametrize("dialect", ["postgres", "duckdb", "mysql"])
def test_broken_statements_raise_nothing(dialect: str) -> None:
    columns = tuple(
        Column(name, kind) for name, kind in (("singer_id", "int"), ("Name", "text"), ("born", "date"))
    )
    schema = Schema("s", (Table("Singer", columns), Table("concert", columns)), (), dialect)
    rng = random.Random(7)
    words = " ".join(STATEMENTS).split()
    for sql in rng.sample(STATEMENTS, 25):
        text = sql.split()
        for _ in range(rng.randint(1, 3)):
            text[rng.randrange(len(text))] = rng.choice(words)
        assert isinstance(translate(" ".join(text), schema), str)
