from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing

from nshot.eval.execution.blank import is_blank


def nothing_to_sqlite(connection: sqlite3.Connection, sql: str) -> bool:
    try:
        return connection.execute(sql).description is None
    except (sqlite3.Error, sqlite3.Warning):
        return False


def test_sqlite_agrees_on_all_short_texts() -> None:
    texts = ["".join(signs) for n in range(6) for signs in itertools.product("; -/*\nx", repeat=n)]
    with closing(sqlite3.connect(":memory:")) as connection:
        assert [text for text in texts if nothing_to_sqlite(connection, text) != is_blank(text)] == []


def test_a_comment_cut_off_behind_its_sign_was_taken_for_blank() -> None:
    assert not is_blank("/*")
    assert not is_blank("-- nothing\n; /*")
    assert is_blank("/* ")


def test_a_statement_behind_a_comment_was_taken_for_blank() -> None:
    assert not is_blank("/* the singers */ SELECT name FROM singer")
    assert not is_blank("-- all /* of them\nSELECT name FROM singer")
