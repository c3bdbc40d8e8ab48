"""Questions written by rules over a schema and its content."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nshot.databases import execute, read_schema
from nshot.sql import find_form
from nshot.training.data.written.profile import read_profile
from nshot.training.data.written.write import write_questions
from nshot.types import Question

SHOP = """
CREATE TABLE shipper (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, country TEXT, active INT);
CREATE TABLE orders (
  id INTEGER PRIMARY KEY, customer_id INT REFERENCES customer (id), order_date TEXT, shipped_date TEXT,
  unit_price REAL, quantity INT, status TEXT
);
INSERT INTO shipper VALUES (1, 'Speedy'), (2, 'Slow');
INSERT INTO customer VALUES
  (1, 'Ada Hill', 'France', 1), (2, 'Bo Tan', 'Chile', 0),
  (3, 'Cy Moss', 'Chile', 1), (4, 'Di Ray', 'Peru', 1);
INSERT INTO orders VALUES
  (1, 1, '1997-01-03', '1997-01-09', 2.5, 3, 'paid'), (2, 1, '1997-03-04', NULL, 4.0, 1, 'open'),
  (3, 2, '1998-03-20', '1998-03-25', 8.0, 2, 'paid'), (4, 3, '1998-07-21', NULL, 1.0, 9, 'open'),
  (5, 1, '1998-07-22', '1998-08-01', 2.0, 4, 'paid'), (6, 2, '1999-01-01', '1999-01-02', 3.0, 5, 'lost');
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SHOP)
    return path


@pytest.fixture
def written(shop: Path) -> list[Question]:
    return write_questions(shop, read_schema(shop), 120, seed=3)


def test_columns_get_the_role_of_their_content(shop: Path) -> None:
    profile = read_profile(shop, read_schema(shop))
    orders = profile.table("orders")
    assert orders is not None
    roles = {column.column.name: column.role for column in orders.columns}
    assert roles == {
        "id": "key",
        "customer_id": "key",
        "order_date": "date",
        "shipped_date": "date",
        "unit_price": "number",
        "quantity": "number",
        "status": "category",
    }
    customer = profile.table("customer")
    assert customer is not None
    assert customer.label is not None
    assert customer.label.column.name == "name"
    assert {one.column.name for one in customer.of("flag")} == {"active"}


def test_every_sql_runs_finds_rows_and_has_the_form_that_models_write(
    shop: Path, written: list[Question]
) -> None:
    schema = read_schema(shop)
    assert len(written) > 80
    for question in written:
        assert execute(shop, question.sql or "").rows, question.sql
        assert find_form(question.sql or "", "from-first", schema).form == "from-first", question.sql


def test_no_question_stands_twice_and_each_ends_as_it_should(written: list[Question]) -> None:
    texts = [question.text for question in written]
    assert len(set(texts)) == len(texts)
    assert len({question.id for question in written}) == len(written)
    assert all(text.endswith(("?", ".")) for text in texts)


def test_dates_arithmetic_missing_values_and_names_are_among_them(written: list[Question]) -> None:
    sqls = " ".join(question.sql or "" for question in written)
    for part in ("strftime('%Y'", "unit_price * quantity", "IS NULL", "LIKE", "customer.name", "NOT IN"):
        assert part in sqls, part


def test_the_same_seed_writes_the_same_questions(shop: Path, written: list[Question]) -> None:
    schema = read_schema(shop)
    assert write_questions(shop, schema, 120, seed=3) == written
    assert write_questions(shop, schema, 120, seed=4) != written
