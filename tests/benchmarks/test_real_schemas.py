"""The files of `benchmarks/databases/real_schemas` fit together, and with the databases, every gold
SQL runs.

The databases come from `python benchmarks/databases/real_schemas/fetch.py --out DIR`; name DIR in
NSHOT_REAL_SCHEMAS.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlglot import exp

from nshot.databases import execute
from nshot.sql import normalise, parse

TAGS = frozenset(
    """aggregate arithmetic coded count date distinct group having join like lookup negation nested self-join
    set top""".split()
)


@pytest.fixture(scope="module")
def folder(repo: Path) -> Path:
    return repo / "benchmarks" / "databases" / "real_schemas"


@pytest.fixture(scope="module")
def questions(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def pairs(folder: Path) -> list[dict[str, str]]:
    with (folder / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def fetch(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_schemas_fetch", folder / "fetch.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def databases() -> Path:
    root = Path(os.environ.get("NSHOT_REAL_SCHEMAS", "nowhere"))
    if not (root / "database").is_dir():
        pytest.skip("no databases (set NSHOT_REAL_SCHEMAS to the folder that fetch.py wrote)")
    return root / "database"


def test_ids_are_unique_and_begin_with_the_database(questions: list[dict[str, Any]]) -> None:
    counts = Counter(row["id"] for row in questions)
    assert [name for name, times in counts.items() if times > 1] == []
    assert [row["id"] for row in questions if not row["id"].startswith(f"{row['db_id']}-")] == []


def test_no_question_is_asked_twice(questions: list[dict[str, Any]], pairs: list[dict[str, str]]) -> None:
    counts = Counter((row["db_id"], row["question"].casefold()) for row in [*questions, *pairs])
    assert [key for key, times in counts.items() if times > 1] == []


def test_tags_are_known(questions: list[dict[str, Any]]) -> None:
    assert [row["id"] for row in questions if not row["tags"] or not TAGS.issuperset(row["tags"])] == []


def test_every_sql_is_one_select(questions: list[dict[str, Any]], pairs: list[dict[str, str]]) -> None:
    texts = [row["query"] for row in questions] + [row["sql"] for row in pairs]
    assert [sql for sql in texts if not isinstance(parse(sql), exp.Query)] == []


def test_no_pair_has_the_sql_of_a_question(
    questions: list[dict[str, Any]], pairs: list[dict[str, str]]
) -> None:
    asked = {(row["db_id"], normalise(row["query"])) for row in questions}
    assert [row["sql"] for row in pairs if (row["db_id"], normalise(row["sql"])) in asked] == []


def test_databases_are_those_that_fetch_knows(
    questions: list[dict[str, Any]], pairs: list[dict[str, str]], fetch: ModuleType
) -> None:
    known = set(fetch.SOURCES)
    assert {row["db_id"] for row in questions} == known
    assert {row["db_id"] for row in pairs} == known
    assert set(json.loads(fetch.CHECKSUMS.read_text(encoding="utf-8"))) == known


def test_statements_lose_comments_and_keep_quoted_text(fetch: ModuleType) -> None:
    script = "head */ INSERT INTO t VALUES ('a; /* b */', '12/28/88'); /* c; */ UPDATE t SET a = 1 / 2;"
    assert fetch.statements(script) == [
        "INSERT INTO t VALUES ('a; /* b */', '12/28/88')",
        "UPDATE t SET a = 1 / 2",
        "",
    ]
    assert fetch.in_sqlite("VALUES ('1/5/93')") == "VALUES ('1993-01-05')"


def test_columns_get_types_from_their_values(fetch: ModuleType) -> None:
    assert fetch.typed(["1", "", "-2"]) == ("INTEGER", [1, None, -2])
    assert fetch.typed(["1", "2.5"]) == ("REAL", [1.0, 2.5])
    assert fetch.typed(["01", "2"]) == ("TEXT", ["01", "2"])
    assert fetch.typed(["", ""]) == ("TEXT", [None, None])


def test_tables_of_the_same_content_have_the_same_checksums(fetch: ModuleType, tmp_path: Path) -> None:
    tables = [("shop", ["id", "name"], [["1", "Norte"], ["2", ""]])]
    for name in ("one", "other"):
        fetch.write_tables(tmp_path / name, tables)
    fetch.write_tables(tmp_path / "changed", [("shop", ["id", "name"], [["1", "Norte"], ["2", "Sul"]])])
    one, other, changed = (fetch.table_checksums(tmp_path / name) for name in ("one", "other", "changed"))
    assert one == other != changed


def test_every_gold_sql_runs_and_finds_something(
    questions: list[dict[str, Any]], pairs: list[dict[str, str]], databases: Path
) -> None:
    asked = [(row["db_id"], row["query"]) for row in questions]
    asked += [(row["db_id"], row["sql"]) for row in pairs]
    files = {db_id: databases / db_id / f"{db_id}.sqlite" for db_id, _ in asked}
    empty = [sql for db_id, sql in asked if not execute(files[db_id], sql, timeout=60).rows]
    assert empty == []
