"""Commands on a database that is no SQLite file: index, eval and compare take its file or URL by
--db.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.databases.duckdb.conftest import make_duckdb
from tests.databases.mysql.conftest import make_mysql, mysql_server
from tests.databases.postgres.conftest import make_postgres, server

from nshot.databases import execute

__all__ = ["make_duckdb", "make_mysql", "make_postgres", "mysql_server", "server"]

SCRIPT = (
    'CREATE TABLE item (id INT PRIMARY KEY, name VARCHAR(40), "Kind Of" VARCHAR(40));'
    "INSERT INTO item VALUES (1, 'cup', 'dishes'), (2, 'jug', 'dishes'), (3, 'lamp', 'lights');"
)
QUOTED = {"make_mysql": "`Kind Of`"}


@pytest.fixture(params=["make_duckdb", "make_postgres", "make_mysql"])
def made(request: pytest.FixtureRequest) -> tuple[str, str]:
    """A database, and its column with a blank as its SQL writes it."""
    make: Callable[[str], str | Path] = request.getfixturevalue(request.param)
    return str(make(SCRIPT)), QUOTED.get(request.param, '"Kind Of"')


def test_index_eval_and_compare_take_such_a_database(made: tuple[str, str], run: Run, tmp_path: Path) -> None:
    db, column = made
    pool = tmp_path / "pool.jsonl"
    pairs = [
        ("How many dishes are there?", f"SELECT count(*) FROM item WHERE {column} = 'dishes'"),
        ("Which kinds are there?", f"SELECT DISTINCT {column} FROM item"),
        ("What is the name of the lamp?", "SELECT name FROM item WHERE name = 'lamp'"),
    ]
    rows = [{"question": question, "sql": sql} for question, sql in pairs]
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    index = tmp_path / "index"
    built = run("index", "build", "--pool", str(pool), "--db", db, "--out", str(index), "--encoder", "none")
    assert "3 of 3 rows are good" in built.err
    assert "were masked without a schema" not in built.err
    db_id = (
        built.out
        and run(
            "retrieve",
            "how many lights",
            "--index",
            str(index),
            "--strategy",
            "keyword",
            "-k",
            "1",
            "--json",
            "--db",
            db,
        ).json["candidates"][0]["db_id"]
    )
    gold, predicted = tmp_path / "gold.sql", tmp_path / "predicted.sql"
    gold.write_text("".join(f"{sql}\t{db_id}\n" for _, sql in pairs), encoding="utf-8")
    predicted.write_text(
        f"SELECT count({column}) FROM item WHERE {column} = 'dishes'\n"
        "SELECT name FROM item\nSELECT nothing\n",
        encoding="utf-8",
    )
    verdicts = tmp_path / "verdicts.jsonl"
    run("eval", "--predictions", str(predicted), "--gold", str(gold), "--db", db, "--out", str(verdicts))
    judged = [json.loads(line) for line in verdicts.read_text(encoding="utf-8").splitlines()]
    assert [(one["ex"], one["outcome"]) for one in judged] == [(1, "ok"), (0, "ok"), (0, "error")]
    questions = tmp_path / "questions.jsonl"
    asked = [{"question": "How many lights?", "query": pairs[0][1], "db_id": db_id}]
    questions.write_text("".join(json.dumps(row) + "\n" for row in asked), encoding="utf-8")
    compared = run(
        "compare", "--questions", str(questions), "--index", str(index), "--db", db, "--strategies",
        "keyword", "--shots", "1", "--tokenizer", "none", "--json",
    )  # fmt: skip
    assert "keyword" in compared.out


ORDERS = (
    'CREATE TABLE customer (id INT PRIMARY KEY, "Full Name" VARCHAR(40), country VARCHAR(40));'
    "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT REFERENCES customer (id), ordered DATE,"
    " price DECIMAL(8, 2), paid BOOLEAN);"
    "INSERT INTO customer VALUES (1, 'Ada Hill', 'France'), (2, 'Bo Tan', 'Chile'), (3, 'Cy Moss', 'Chile');"
    "INSERT INTO orders VALUES (1, 1, '1997-01-03', 2.50, TRUE), (2, 1, '1997-03-04', 4, FALSE),"
    " (3, 2, '1998-03-20', 8, TRUE), (4, 3, '1998-07-21', 1.25, TRUE), (5, 3, '1999-01-01', 3, FALSE);"
)


@pytest.fixture(params=["make_duckdb", "make_postgres", "make_mysql"])
def orders(request: pytest.FixtureRequest) -> str:
    make: Callable[[str], str | Path] = request.getfixturevalue(request.param)
    return str(make(ORDERS))


def test_questions_are_written_about_such_a_database(orders: str, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "questions.json"
    run("train", "questions", "--db", orders, "--count", "25", "--out", str(out))
    written = json.loads(out.read_text(encoding="utf-8"))
    assert len(written) == 25
    assert all(execute(orders, one["query"]).rows for one in written)
    assert any("1997" in one["query"] or "1998" in one["query"] for one in written)  # dates are dates


def test_a_database_without_rows_is_no_source_of_questions(run: Run, tmp_path: Path) -> None:
    import duckdb

    empty = tmp_path / "empty.duckdb"
    with duckdb.connect(str(empty)) as connection:
        connection.execute("CREATE TABLE item (id INT)")
    out = tmp_path / "questions.json"
    found = run("train", "questions", "--db", str(empty), "--out", str(out))
    assert "no question could be written about empty" in found.mistake
    assert not out.exists()
