from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.serving.conftest import Site, running

from nshot.databases import read_schema
from nshot.serving.api.schema import schema_record

SLOW = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


def test_edited_sql_is_run_in_the_sandbox(site: Site) -> None:
    answer = site.post("/api/run", {"sql": "SELECT name FROM singer ORDER BY age DESC;", "db_id": "concert"})
    assert answer.status_code == 200
    assert answer.json() | {"seconds": 0} == {
        "columns": ["name"],
        "rows": [["Cy"], ["Bo"], ["Ada"]],
        "truncated": False,
        "seconds": 0,
    }


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("DELETE FROM singer", "sql_refused"),
        ("SELECT 1; SELECT 2", "sql_refused"),
        ("SELECT nothing FROM singer", "sql_error"),
        ("SELECT FROM", "sql_error"),
        (SLOW, "sql_timeout"),
    ],
)
def test_what_does_not_run_is_an_error(folder: Path, tmp_path: Path, sql: str, kind: str) -> None:
    with running(folder, tmp_path, options={"timeout": 0.3}) as site:
        answer = site.post("/api/run", {"sql": sql, "db_id": "concert"})
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, kind)


def test_values_survive_json(site: Site) -> None:
    sql = "SELECT 9007199254740993, 9e999, x'00ff', NULL, 1.5, 'ä'"
    (row,) = site.post("/api/run", {"sql": sql, "db_id": "shop"}).json()["rows"]
    assert row == ["9007199254740993", "inf", {"bytes": "AP8="}, None, 1.5, "ä"]


def test_too_many_statements_at_once_are_refused(folder: Path, tmp_path: Path) -> None:
    with running(folder, tmp_path, options={"timeout": 1.0}) as site:
        found: list[int] = []

        def run() -> None:
            found.append(site.post("/api/run", {"sql": SLOW, "db_id": "concert"}).status_code)

        threads = [threading.Thread(target=run) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (found.count(400), found.count(429)) == (8, 4)


def test_a_schema_shows_columns_keys_and_samples(site: Site) -> None:
    schema = site.client.get("/api/schema/concert").json()
    singer, _ = schema["tables"]
    assert singer["columns"][0] == {
        "name": "id",
        "type": "integer",
        "description": "",
        "primary_key": True,
        "samples": ["1", "2", "3"],
    }
    assert singer["columns"][1]["samples"] == ["Ada", "Bo", "Cy"]
    assert schema["foreign_keys"] == [
        {"table": "song", "columns": ["singer"], "ref_table": "singer", "ref_columns": ["id"]}
    ]
    assert schema["left_out"] == []


def test_a_schema_names_what_cannot_be_read_and_shows_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(
            "CREATE TABLE item (name TEXT); INSERT INTO item VALUES ('cup');"
            "CREATE VIEW bad AS SELECT json_extract('{', '$') AS x; CREATE VIEW old AS SELECT * FROM gone;"
        )
    found = schema_record(read_schema(file), file)
    assert [table["name"] for table in found["tables"]] == ["item", "bad"]
    assert found["tables"][0]["columns"][0]["samples"] == ["cup"]
    assert found["tables"][1]["columns"][0]["samples"] == []
    assert found["left_out"] == [
        {"name": "old", "reason": "no such table: main.gone"},
        {"name": "bad", "reason": "malformed JSON"},
    ]


def test_a_schema_that_changes_while_it_is_served_is_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "concert").mkdir()
    file = tmp_path / "concert" / "concert.sqlite"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE singer (name TEXT)")
    connection.commit()
    with running(tmp_path, tmp_path) as site:
        question = {"question": "Who?", "sql": "SELECT name FROM singer", "db_id": "concert"}
        assert site.post("/api/pairs", question).status_code == 201
        before = site.client.get("/api/schema/concert").json()
        assert "CREATE TABLE band" not in dict(site.events("How many?"))["prompt"]["text"]
        connection.execute("ALTER TABLE singer RENAME COLUMN name TO stage_name")
        connection.execute("CREATE TABLE band (title TEXT)")
        connection.commit()
        after = site.client.get("/api/schema/concert").json()
        assert [table["name"] for table in after["tables"]] == ["singer", "band"]
        assert after["fingerprint"] != before["fingerprint"]
        assert dict(site.events("How many?"))["prompt"]["tables"] == ["singer", "band"]
        assert dict(site.events("Who?"))["sql"]["source"] == "model"
        (pair,) = site.client.get("/api/pairs?state=set_aside").json()["pairs"]
        assert pair["question"] == "Who?"
    connection.close()
