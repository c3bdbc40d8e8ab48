from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nshot.data import ColumnMap, read_questions
from nshot.errors import DataError, PoolError
from nshot.types import Question

Write = Callable[[str, str], Path]


def test_slim_and_full_records_of_spider_are_read(mini_spider: Path) -> None:
    first, second = read_questions(mini_spider / "dev.json")
    assert first == Question("Which kinds are there?", "pets", "dev-0", "SELECT DISTINCT kind FROM Pet")
    assert second.id == "dev-1"


def test_birds_records_keep_their_evidence_and_id(write: Write) -> None:
    row = {
        "question_id": 7,
        "db_id": "d",
        "question": "q",
        "evidence": "hint",
        "SQL": "SELECT 1",
        "difficulty": "x",
    }
    assert read_questions(write("b.json", json.dumps([row]))) == [Question("q", "d", "7", "SELECT 1", "hint")]


def test_gold_sql_is_not_needed(write: Write) -> None:
    assert read_questions(write("a.csv", "question,db_id\nWho?,d\n")) == [Question("Who?", "d", "a-0")]


def test_rows_without_a_database_get_the_given_one(write: Write) -> None:
    assert read_questions(write("a.csv", "question\nWho?\n"), db_id="d")[0].db_id == "d"
    with pytest.raises(DataError, match="no column for db_id"):
        read_questions(write("a.csv", "question\nWho?\n"))


def test_columns_can_be_mapped(write: Write) -> None:
    file = write("a.csv", "ask;base\nWho?;d\n")
    assert read_questions(file, ColumnMap(question="ask", db_id="base"))[0].text == "Who?"


def test_no_row_is_skipped_all_bad_ones_are_listed(write: Write) -> None:
    rows = ['{"question": " ", "db_id": "d"}', '{"question": 5, "db_id": "d"}', '{"question": "q"}', "{", "3"]
    with pytest.raises(PoolError, match="5 problems in 6 rows") as caught:
        read_questions(write("a.jsonl", "\n".join(['{"question": "fine", "db_id": "d"}', *rows])))
    assert [(problem.line, problem.reason.split(":")[0]) for problem in caught.value.problems] == [
        (2, "question is empty"),
        (3, "question"),
        (4, "db_id is missing"),
        (5, "not JSON"),
        (6, "expected a JSON object, got 3"),
    ]


def test_an_id_used_twice_is_refused(write: Write) -> None:
    with pytest.raises(PoolError, match="id 'x' is already that of line 2"):
        read_questions(write("a.csv", "id,question,db_id\nx,a,d\nx,b,d\n"))


def test_a_file_with_only_a_header_holds_no_questions(write: Write) -> None:
    assert read_questions(write("a.csv", "question,db_id\n")) == []
    assert read_questions(write("a.json", "[]")) == []


def test_long_and_foreign_texts_pass_unchanged(write: Write) -> None:
    texts = ["x" * 100_000, "東京の人口は? 🌳", '"quoted"\n  and broken\u2028']
    file = write("a.json", json.dumps([{"question": text, "db_id": "d"} for text in texts]))
    assert [question.text for question in read_questions(file)] == texts


def test_half_a_surrogate_pair_is_refused_before_it_breaks_a_file(write: Write) -> None:
    with pytest.raises(PoolError, match="surrogate"):
        read_questions(write("a.json", '[{"question": "a \\ud800 b", "db_id": "d"}]'))
