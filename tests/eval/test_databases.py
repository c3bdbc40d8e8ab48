from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from nshot.eval import EvalConfig, Evaluator
from nshot.types import Question

GOLD = "SELECT child.boss FROM child JOIN boss ON child.boss = boss.id"
SAME = "SELECT boss.id FROM child JOIN boss ON child.boss = boss.id"


@pytest.mark.parametrize(("reference", "em"), [("REFERENCES boss(id)", True), ("", False)])
def test_exact_match_takes_foreign_keys_from_a_database_without_tables_json(
    tmp_path: Path, reference: str, em: bool
) -> None:
    with closing(sqlite3.connect(tmp_path / "firm.sqlite")) as connection:
        connection.executescript(
            f"CREATE TABLE boss (id INTEGER PRIMARY KEY); CREATE TABLE child (boss INTEGER {reference});"
            "INSERT INTO boss VALUES (1); INSERT INTO child VALUES (1)"
        )
    evaluator = Evaluator(tmp_path, config=EvalConfig(cache=False))
    (verdict,) = evaluator.judge([Question("Who?", "firm", sql=GOLD)], [SAME])
    assert verdict.ex
    assert verdict.em is em
    assert evaluator.databases.record()["without_tables_entry"] == ["firm"]
