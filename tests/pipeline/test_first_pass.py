"""The SQL of a first pass: from a file, from the model, and in the record of a prediction."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.generation.conftest import FakeBuilder, FakeDatabases, FakeRetriever, ScriptedEngine

from nshot.errors import DataError, FileMissingError
from nshot.generation.decoding import Decoding
from nshot.pipeline.first_pass import KnownFirstPass, WrittenFirstPass, read_first_pass
from nshot.pipeline.pipeline import Pipeline
from nshot.pipeline.predictions.prediction_file import PredictionFile, to_record
from nshot.types import Question

ASKED = [Question(text, "concert", id=f"q-{text}", sql="SELECT gold") for text in ("one", "two", "three")]


def written_file(path: Path, questions: list[Question], databases: FakeDatabases) -> Path:
    """A predictions file as `nshot predict` writes it."""
    engine = ScriptedEngine([[[f"SELECT {at}"] for at in range(len(questions))]])
    pipeline = Pipeline(engine, databases, builder=FakeBuilder())
    with PredictionFile(path, questions, {}) as file:
        file.append(list(pipeline.predict(questions)), "scripted")
    return path


def test_lines_belong_to_the_questions_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "pred.txt"
    file.write_bytes(b"SELECT 1;\r\n\nSELECT 'a\tb'\tconcert\n")
    known = read_first_pass(file, ASKED)
    assert known([ASKED[2], ASKED[0], ASKED[1]]) == ["SELECT 'a\tb'", "SELECT 1;", ""]


@pytest.mark.parametrize(("text", "lines"), [("SELECT 1\n", 1), ("a\nb\nc\nd", 4)])
def test_another_number_of_lines_is_refused(tmp_path: Path, text: str, lines: int) -> None:
    file = tmp_path / "pred.txt"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=f"pred.txt has {lines} lines, expected one SQL for each of the 3"):
        read_first_pass(file, ASKED)


def test_a_predictions_file_is_read_whatever_the_order_of_the_questions(
    tmp_path: Path, databases: FakeDatabases
) -> None:
    file = written_file(tmp_path / "first.jsonl", ASKED, databases)
    assert read_first_pass(file, ASKED[::-1])(ASKED[1:]) == ["SELECT 1", "SELECT 2"]
    assert read_first_pass(file, ASKED[:1])(ASKED[:1]) == ["SELECT 0"]


@pytest.mark.parametrize("other", [Question("four", "concert", "q-4"), Question("one", "opera", "q-one")])
def test_a_predictions_file_of_other_questions_is_refused(
    tmp_path: Path, databases: FakeDatabases, other: Question
) -> None:
    file = written_file(tmp_path / "first.jsonl", ASKED, databases)
    with pytest.raises(DataError, match=rf"first.jsonl is of other questions \(.*{other.id} \(1 of 4"):
        read_first_pass(file, [*ASKED, other])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="first pass not found"):
        read_first_pass(tmp_path / "no.txt", ASKED)


def test_the_model_writes_each_first_pass_once_and_without_examples(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[["```sql\nSELECT 1;\n```"], ["I cannot"]], [["SELECT 3"]]])
    decoding = Decoding(n=3, method="sample", stop=("END",))
    written = WrittenFirstPass(engine, databases, FakeBuilder(), decoding)
    assert written(ASKED[:2]) == ["SELECT 1", ""]
    assert written(ASKED) == ["SELECT 1", "", "SELECT 3"]
    assert [[prompt.text.split("\n")[:2] for prompt in prompts] for prompts in engine.asked] == [
        [["0 shots", "one"], ["0 shots", "two"]],
        [["0 shots", "three"]],
    ]


def test_a_first_pass_is_sql_whatever_the_form_of_the_answer(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[["from singer select name"]]])
    written = WrittenFirstPass(engine, databases, FakeBuilder("from-first"), Decoding())
    assert written(ASKED[:1]) == ["SELECT name FROM singer"]


def test_a_question_without_a_database_has_an_empty_first_pass(databases: FakeDatabases) -> None:
    written = WrittenFirstPass(ScriptedEngine([[["SELECT 1"]]]), databases, FakeBuilder(), Decoding())
    assert written([Question("who", "moon"), ASKED[0]]) == ["", "SELECT 1"]


def test_a_prediction_keeps_its_first_pass(databases: FakeDatabases) -> None:
    first_pass = KnownFirstPass({(question.text, "concert"): f"SELECT {question.text}" for question in ASKED})
    pipeline = Pipeline(
        ScriptedEngine([[["SELECT 1"]] * 3]),
        databases,
        retriever=FakeRetriever(),
        first_pass=first_pass,
        builder=FakeBuilder(),
    )
    found = list(pipeline.predict(ASKED))
    assert [prediction.first_pass for prediction in found] == ["SELECT one", "SELECT two", "SELECT three"]
    assert to_record(0, found[0], "m")["first_pass"] == "SELECT one"
    assert "first pass" in found[0].seconds


def test_a_prediction_without_one_has_none(databases: FakeDatabases) -> None:
    prediction = Pipeline(ScriptedEngine([[["SELECT 1"]]]), databases, builder=FakeBuilder()).ask(ASKED[0])
    assert prediction.first_pass is None
    assert "first_pass" not in to_record(0, prediction, "m")
