"""SQLite is asked whether SQL means the same after it was written in a form and read back."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import get_args

from nshot.sql import find_form, normalise, read_form
from nshot.types import Form

from .random_sql import SCHEMA, Drawer, filled

STATEMENTS = 400


def test_random_statements_return_the_same_rows_in_every_form() -> None:
    plainer = Counter[str]()
    ran = 0
    with closing(filled()) as connection:
        for seed in range(STATEMENTS):
            sql = Drawer(seed).statement()
            expected = rows(connection, sql)
            if expected is None:
                continue
            ran += 1
            for form in get_args(Form):
                written = find_form(sql, form, SCHEMA)
                plainer[form] += written.form != form
                assert rows(connection, read_form(written.text, SCHEMA)) == expected, (form, sql)
    assert ran > STATEMENTS * 0.8
    assert all(count < ran * 0.03 for count in plainer.values()), plainer


def test_without_a_schema_random_statements_read_back_too() -> None:
    """What is a name and what a string in double quotes has to be guessed then: more stay
    plainer."""
    forms = Counter[str]()
    for seed in range(STATEMENTS):
        sql = Drawer(seed).statement()
        written = find_form(sql, "from-first")
        assert normalise(read_form(written.text)) == normalise(sql)
        forms[written.form] += 1
    assert forms["from-first"] > STATEMENTS * 0.8, forms


def rows(connection: sqlite3.Connection, sql: str) -> list[str] | None:
    """The rows in order of their text; None if SQLite rejects the SQL."""
    try:
        with closing(connection.execute(sql)) as cursor:
            return sorted(map(repr, cursor.fetchall()))
    except sqlite3.Error:
        return None
