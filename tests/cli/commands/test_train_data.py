"""`nshot train data`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Run


def rows_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_the_sample_becomes_fine_tuning_data(run: Run, sample_index: Path, tmp_path: Path) -> None:
    out = tmp_path / "sft"
    options = ("--model", "none", "--strategy", "keyword", "--strategy", "random", "--shots", "0:1,2:2")
    drawn = ("--context", "full:3,gold+distractors:1", "--form", "from-first", "--show-values", "--shuffle")
    split = ("--holdout-databases", "bakery", "--seed", 3, "--dropout", 0.1)
    result = run(
        "train", "data", "--pool", "sample", "--index", sample_index, "--out", out, *options, *drawn, *split
    )
    assert result.status == 0, result.err
    assert result.out.count("same database 0, same sql 0, same question 0, gold in prompt 0") == 2
    train, held = rows_of(out / "train.jsonl"), rows_of(out / "held_out.jsonl")
    assert result.out.startswith(f"{out / 'train.jsonl'}: {len(train)} rows of 9 databases, mean ")
    assert {row["db_id"] for row in held} == {"bakery"}
    assert {row["strategy"] for row in train} == {"", "keyword", "random"}
    assert {row["context"] for row in train} == {"full", "gold+distractors"}
    assert {row["shots"] for row in train} == {0, 1, 2}
    assert all(row["prompt"].endswith("\nsql:\n") for row in train)
    assert any("\nvalues: " in row["prompt"] for row in train)
    again = run("train", "data", "--pool", "sample", "--index", sample_index, "--out", out, *options)
    assert "replace it with --overwrite" in again.mistake


def test_a_pool_of_ones_own_with_hints_and_schemas_only(run: Run, tmp_path: Path) -> None:
    tables = tmp_path / "tables.json"
    shop = {
        "db_id": "shop",
        "table_names_original": ["product"],
        "table_names": ["product"],
        "column_names_original": [[-1, "*"], [0, "id"], [0, "price"]],
        "column_names": [[-1, "*"], [0, "id"], [0, "price"]],
        "column_types": ["text", "number", "number"],
        "primary_keys": [1],
        "foreign_keys": [],
    }
    tables.write_text(json.dumps([shop]))
    pool = tmp_path / "pool.csv"
    pool.write_text(
        "id,question,sql,db_id,evidence\n"
        "s-1,How many products?,SELECT count(*) FROM product,shop,\n"
        "s-2,Which are dear?,SELECT id FROM product WHERE price > 5,shop,dear means price > 5\n"
        "s-3,What is broken?,SELECT FROM,shop,\n"
    )
    out = tmp_path / "sft"
    result = run(
        "train", "data", "--pool", pool, "--tables", tables, "--out", out, "--shots", 0, "--model", "none",
        "--show-values", "--layout", "messages",
    )  # fmt: skip
    assert result.status == 0, result.err
    assert "left out: pool.csv:4" in result.err
    assert "note: 2 questions have no database file" in result.err
    rows = rows_of(out / "train.jsonl")
    assert [row["id"] for row in rows] == ["s-1", "s-2"]
    assert "hint: dear means price > 5\n" in rows[1]["messages"][0]["content"]
    assert rows[0]["messages"][1]["content"] == "SELECT count(*) FROM product"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--shots", "many"), "shots: expected a number, a range 0..5, or weights"),
        (("--context", "gold:0"), "context: expected names once each with weights above 0"),
        (("--layout", "alpaca"), "unknown layout 'alpaca'"),
        (("--form", "upper"), "unknown form 'upper'; choose one of: written, tidy, named, from-first"),
        (("--holdout-databases", "99"), "holdout must leave databases to learn from: at most 9, got 99"),
        (("--strategy", "best"), "unknown strategy 'best'"),
        (("--diversity", "0.5"), "--diversity has no effect without --select mmr"),
        (("--max-new-tokens", "9", "--context-length", "9"), "--max-new-tokens leaves no room"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(
    options: tuple[str, ...], message: str, run: Run, sample_index: Path, tmp_path: Path
) -> None:
    out = tmp_path / "sft"
    command = ("train", "data", "--pool", "sample", "--index", sample_index, "--out", out, "--model", "none")
    assert message in run(*command, *options).mistake
    assert not out.exists()


def test_what_a_pool_of_ones_own_needs_is_asked_for(run: Run, own_pool: Path, tmp_path: Path) -> None:
    command = ("train", "data", "--pool", own_pool, "--out", tmp_path / "sft", "--model", "none")
    assert "name them: --databases or --tables" in run(*command).mistake
    tables = tmp_path / "tables.json"
    tables.write_text("[]")
    mistake = run(*command, "--tables", tables).mistake
    assert "build one and name it by --index" in mistake


def test_a_folder_with_other_files_is_not_changed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    mistake = run("train", "data", "--pool", "sample", "--out", tmp_path, "--overwrite").mistake
    assert "other files" in mistake
