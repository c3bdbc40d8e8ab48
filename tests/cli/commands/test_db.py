from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
from tests.cli.conftest import Run


def test_check_shows_what_can_be_read_and_role_prints_how_to_do_no_more(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(
            "CREATE TABLE item (id INTEGER); CREATE SCHEMA old; CREATE TABLE old.item (a INTEGER)"
        )
    found = run("db", "check", "--db", str(file), "--json").json
    assert (found["dialect"], found["tables"], found["risks"]) == ("duckdb", ["item"], [])
    assert found["left_out"][0]["name"] == "old.item"
    assert "1 tables, 0 views, 1 columns" in run("db", "check", "--db", str(file)).out
    assert "chmod a-w" in run("db", "role", "--db", str(file)).out
