from __future__ import annotations

import io
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nshot.data import ColumnMap
from nshot.errors import DataError, FileMissingError
from nshot.eval.files import read_gold, read_predicted
from nshot.types import Question

QUESTIONS = [Question("how many?", "shop", "q-0", "SELECT 1"), Question("which?", "farm", "q-1", "SELECT 2")]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_gold_lines_are_sql_and_a_database(tmp_path: Path, end: str, last: bool) -> None:
    text = f"SELECT 1\tshop{end}  SELECT\u2028 2 \tfarm " + end * last
    found = read_gold(write(tmp_path, "gold.sql", text))
    assert [(one.sql, one.db_id, one.id) for one in found] == [
        ("SELECT 1", "shop", "gold-0"),
        ("SELECT\u2028 2 ", "farm", "gold-1"),
    ]


def test_a_byte_order_mark_is_no_part_of_the_sql(tmp_path: Path) -> None:
    (one,) = read_gold(write(tmp_path, "gold.txt", b"\xef\xbb\xbfSELECT 1\tshop\n"))
    assert one.sql == "SELECT 1"


def test_gold_lines_in_a_tsv_file_were_taken_for_its_column_names(tmp_path: Path) -> None:
    found = read_gold(write(tmp_path, "gold.tsv", "SELECT 1\tshop\nSELECT 2\tfarm\n"))
    assert [(one.sql, one.db_id) for one in found] == [("SELECT 1", "shop"), ("SELECT 2", "farm")]
    (table,) = read_gold(write(tmp_path, "gold.tsv", "question\tquery\tdb_id\nOne?\tSELECT 1\tshop\n"))
    assert (table.text, table.sql, table.db_id) == ("One?", "SELECT 1", "shop")


@pytest.mark.parametrize("text", ["SELECT 1\n", "SELECT 1\tshop\n\nSELECT 2\tshop\n", "\tshop\n"])
def test_gold_lines_of_another_form_are_told_by_number(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"SQL<TAB>db_id .*line [12]"):
        read_gold(write(tmp_path, "gold.txt", text))


def test_bird_questions_are_gold_with_evidence(tmp_path: Path) -> None:
    record = {
        "question_id": 7,
        "db_id": "shop",
        "question": "How many?",
        "evidence": "all",
        "SQL": "SELECT 1",
    }
    (one,) = read_gold(write(tmp_path, "mini_dev.json", json.dumps([record])))
    assert (one.sql, one.evidence, one.db_id) == ("SELECT 1", "all", "shop")


def test_unusual_columns_of_gold_are_named(tmp_path: Path) -> None:
    file = write(tmp_path, "gold.csv", "ask,answer,base\nHow many?,SELECT 1,shop\n")
    (one,) = read_gold(file, ColumnMap.parse("question=ask,sql=answer,db_id=base"))
    assert (one.text, one.sql, one.db_id) == ("How many?", "SELECT 1", "shop")


def test_predicted_lines_lose_what_is_behind_a_tab(tmp_path: Path) -> None:
    file = write(tmp_path, "pred.txt", "SELECT 1;\tshop\n SELECT 2 \n")
    assert read_predicted(file, QUESTIONS) == ["SELECT 1;", "SELECT 2"]


def test_a_blank_line_is_an_empty_prediction(tmp_path: Path) -> None:
    assert read_predicted(write(tmp_path, "pred.txt", "\nSELECT 2"), QUESTIONS) == ["", "SELECT 2"]
    assert read_predicted(write(tmp_path, "pred.txt", "SELECT 1\n\n"), QUESTIONS) == ["SELECT 1", ""]
    assert read_predicted(write(tmp_path, "pred.txt", "SELECT 1\n\n\n\n"), QUESTIONS) == ["SELECT 1", ""]


@pytest.mark.parametrize("text", ["SELECT 1\n", "SELECT 1\nSELECT 2\nSELECT 3\n", "\n\nSELECT 3\n", ""])
def test_another_number_of_predictions_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="expected 2 predictions"):
        read_predicted(write(tmp_path, "pred.txt", text), QUESTIONS)


def test_predictions_in_another_order_are_found_out_by_their_databases(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r":1: the line is for 'farm'"):
        read_predicted(write(tmp_path, "pred.txt", "SELECT 2\tfarm\nSELECT 1\tshop\n"), QUESTIONS)


def lines(*records: dict[str, object]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


OURS = (
    {"index": 0, "id": "q-0", "question": "how many?", "db_id": "shop", "sql": "SELECT 1"},
    {"index": 1, "id": "q-1", "question": "which?", "db_id": "farm", "sql": ""},
)


@pytest.mark.parametrize("name", ["run.jsonl", "run.txt"])
def test_our_own_predictions_are_read(tmp_path: Path, name: str) -> None:
    assert read_predicted(write(tmp_path, name, lines(*OURS)), QUESTIONS) == ["SELECT 1", ""]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"question": "why?"}, "question 'why\\?'"),
        ({"db_id": "shop"}, "db_id 'shop'"),
        ({"index": 5}, "index 5"),
        ({"sql": 3}, "the key sql"),
    ],
)
def test_a_prediction_of_another_question_is_refused(
    tmp_path: Path, changed: dict[str, object], message: str
) -> None:
    file = write(tmp_path, "run.jsonl", lines(OURS[0], OURS[1] | changed))
    with pytest.raises(DataError, match=message):
        read_predicted(file, QUESTIONS)


def test_predictions_without_sql_and_broken_ones_are_told_by_line(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r":2: expected an object with the key sql and text as its value, got index"
    ):
        read_predicted(write(tmp_path, "run.jsonl", lines(OURS[0], {"index": 1})), QUESTIONS)
    with pytest.raises(DataError, match=r":1: not JSON"):
        read_predicted(write(tmp_path, "run.jsonl", '{"index": 0,\n'), QUESTIONS)


def test_gold_lines_have_no_question_to_compare(tmp_path: Path) -> None:
    questions = read_gold(write(tmp_path, "gold.txt", "SELECT 1\tshop\nSELECT 2\tfarm\n"))
    assert read_predicted(write(tmp_path, "run.jsonl", lines(*OURS)), questions) == ["SELECT 1", ""]


def test_a_file_that_is_not_there_or_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="predictions file"):
        read_predicted(tmp_path / "none.txt", QUESTIONS)
    with pytest.raises(DataError, match="not UTF-8"):
        read_predicted(write(tmp_path, "pred.txt", b"SELECT '\xff'\n"), QUESTIONS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
def test_a_pipe_was_taken_for_a_missing_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as other:
        other.submit(pipe.write_text, "SELECT 1\nSELECT 2\n")
        assert read_predicted(pipe, QUESTIONS) == ["SELECT 1", "SELECT 2"]


def test_a_hyphen_is_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SELECT 1\r\nSELECT 2\n")))
    assert read_predicted(Path("-"), QUESTIONS) == ["SELECT 1", "SELECT 2"]


def test_a_folder_was_told_as_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a predictions file, got a folder"):
        read_predicted(tmp_path, QUESTIONS)


@pytest.mark.parametrize(("name", "text"), [("gold.sql", ""), ("gold.sql", "\n\n"), ("dev.json", "[]")])
def test_gold_without_rows_was_an_evaluation_of_nothing(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(DataError, match="expected gold, got a file without rows"):
        read_gold(write(tmp_path, name, text))


def test_unfinished_predictions_were_told_to_add_blank_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="let nshot predict finish"):
        read_predicted(write(tmp_path, "run.jsonl", lines(OURS[0])), QUESTIONS)


OTHERS = {
    "bird.json": '{"0": "SELECT 1\\t----- bird -----\\tshop", "1": "SELECT\\n 2\\t----- bird -----\\tfarm"}',
    "unsorted.json": '{"1": "SELECT\\n 2", "0": "SELECT 1"}',
    "from_one.json": '{"1": "SELECT 1", "2": "SELECT\\n 2"}',
    "by_id.json": '{"q-1": "SELECT\\n 2", "q-0": "SELECT 1"}',
    "objects_by_id.json": '{"q-1": {"SQL": "SELECT\\n 2"}, "q-0": {"SQL": "SELECT 1"}}',
    "texts.json": '["SELECT 1", "SELECT\\n 2"]',
    "objects.json": '[{"Predicted SQL": "SELECT 1", "sql": "gold"}, {"Predicted SQL": "SELECT\\n 2"}]',
    "reordered.json": '[{"id": "q-1", "pred": "SELECT\\n 2"}, {"id": "q-0", "pred": "SELECT 1"}]',
    "columns.json": '{"question": ["how many?", "which?"], "prediction": ["SELECT 1", "SELECT\\n 2"]}',
    "texts.jsonl": '"SELECT 1"\n"SELECT\\n 2"\n',
    "objects.jsonl": '{"predicted_sql": "SELECT 1"}\n{"predicted_sql": "SELECT\\n 2"}\n',
    "reordered.jsonl": '{"id": "q-1", "query": "SELECT\\n 2"}\n{"id": "q-0", "query": "SELECT 1"}\n',
    "table.csv": 'id;pred_sql\nq-0;SELECT 1\nq-1;"SELECT\n 2"\n',
    "table.tsv": 'prediction\tdb_id\nSELECT 1\tshop\n"SELECT\n 2"\tfarm\n',
    "numbers.csv": 'index,sql\n0,SELECT 1\n1.0,"SELECT\n 2"\n',
}


@pytest.mark.parametrize("name", OTHERS)
def test_predictions_of_other_tools_are_read(tmp_path: Path, name: str) -> None:
    found = read_predicted(write(tmp_path, name, OTHERS[name]), QUESTIONS)
    assert found == ["SELECT 1", "SELECT\n 2"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{"0": "SELECT 1\\t----- bird -----\\tfarm", "1": "SELECT 2"}', "db_id 'farm'"),
        (
            "a.json",
            '{"0": "SELECT 1", "5": "SELECT 2"}',
            "expected an object with the key sql and text as its value",
        ),
        ("a.json", '["SELECT 1"]', "expected 2 predictions"),
        ("a.json", '[["SELECT 1"], 2]', "expected an object with the key sql and text as its value"),
        ("a.json", "[" * 100_000, "expected 2 predictions"),
        ("a.jsonl", '{"sql": ' + "[" * 100_000, "not JSON: it is nested too deeply"),
        ("a.csv", "question,db_id\nhow many?,shop\nwhich?,farm\n", "got question, db_id"),
        ("a.csv", "sql,question\nSELECT 1,which?\nSELECT 2,how many?\n", "question 'which\\?'"),
    ],
)
def test_predictions_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read_predicted(write(tmp_path, name, text), QUESTIONS)


def test_an_empty_cell_is_an_empty_prediction(tmp_path: Path) -> None:
    file = write(tmp_path, "a.json", '[{"sql": NaN}, {"sql": null}]')
    assert read_predicted(file, QUESTIONS) == ["", ""]
