from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nshot.pipeline.predictions.sql_lines import sql_line, write_sql_lines


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT a\nFROM t\n\tWHERE x = 1 ;", "SELECT a FROM t WHERE x = 1"),
        ("SELECT 'two  blanks'  FROM t", "SELECT 'two  blanks' FROM t"),
        ("SELECT 'a\tb\r\nc' FROM t", "SELECT 'a b c' FROM t"),
        ("SELECT '-- no comment' -- comment\nFROM t", "SELECT '-- no comment' FROM t"),
        ("SELECT a /* x\ny */ FROM t", "SELECT a FROM t"),
        ("SELECT 'it''s' FROM t", "SELECT 'it''s' FROM t"),
        ("", "select"),
        (" ;\n", "select"),
        ("-- only a comment", "select"),
    ],
)
def test_sql_is_put_on_one_line(sql: str, line: str) -> None:
    assert sql_line(sql) == line


@settings(deadline=None)
@given(st.text())
def test_a_line_is_one_line_and_never_blank(sql: str) -> None:
    line = sql_line(sql)
    assert line.strip()
    assert not set("\n\r\t") & set(line)
    assert sql_line(line) == line


def test_an_empty_prediction_is_a_line_that_no_database_runs() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError):
        connection.execute(sql_line(""))
    connection.close()


def test_the_file_has_one_line_for_each_sql(tmp_path: Path) -> None:
    path = tmp_path / "pred.sql"
    assert write_sql_lines(path, ["SELECT 1;", "", "SELECT\n2"]) == 3
    assert path.read_bytes() == b"SELECT 1\nselect\nSELECT 2\n"
    assert [file.name for file in tmp_path.iterdir()] == ["pred.sql"]


@pytest.mark.spider
def test_gold_queries_return_the_same_rows_on_one_line(spider: Path) -> None:
    rows = json.loads((spider / "dev.json").read_text(encoding="utf-8"))[::25]
    for row in rows:
        file = spider / "database" / row["db_id"] / f"{row['db_id']}.sqlite"
        connection = sqlite3.connect(f"file:{file}?mode=ro&immutable=1", uri=True)
        connection.text_factory = bytes
        assert (
            connection.execute(sql_line(row["query"])).fetchall()
            == connection.execute(row["query"]).fetchall()
        )
        connection.close()
