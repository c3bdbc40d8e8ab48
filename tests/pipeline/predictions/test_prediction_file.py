from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.generation.conftest import SINGER

from nshot.artifacts import check_seal
from nshot.artifacts.run_metadata import run_path
from nshot.errors import DataError, FileMissingError
from nshot.pipeline.predictions.prediction_file import PredictionFile, read_predictions
from nshot.types import (
    Attempt,
    Candidate,
    Completion,
    Demonstration,
    Dropped,
    Example,
    Prediction,
    Prompt,
    Question,
    Rows,
)

QUESTIONS = [Question(f"Wie viele, Nr. {at}? 東\u2028京", "concert", f"dev-{at}") for at in range(5)]
EXAMPLE = Example("e-1", "How many?", "SELECT count(*) FROM song", "music")


def prediction(question: Question, sql: str = "SELECT 1") -> Prediction:
    completion = Completion(f"{sql}; done", 4, "stop", -0.5)
    prompt = Prompt("text", (), (Demonstration(EXAMPLE, SINGER),), 7, Dropped(examples=("e-9",)))
    attempts = (
        Attempt(sql, completion, "ok", rows=Rows(("1",), ((1,),))),
        Attempt("SELECT x", completion, "error", "no such column: x"),
    )
    return Prediction(
        question, sql, completion, prompt, attempts, (Candidate(EXAMPLE, 0.5),), {"prompt": 0.25}
    )


def write(path: Path, count: int, config: dict[str, object] | None = None) -> int:
    """Appends up to `count` predictions, returns how many were there before."""
    with PredictionFile(path, QUESTIONS, config or {"shots": 3}) as file:
        before = file.done
        file.append([prediction(question) for question in QUESTIONS[before:count]], "tiny")
    return before


def test_a_line_tells_what_was_asked_answered_and_tried(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 1)
    (line,) = read_predictions(path)
    assert (line.index, line.id, line.question, line.sql) == (0, "dev-0", QUESTIONS[0].text, "SELECT 1")
    record = dict(line.record)
    assert list(record)[-1] == "sha256"
    assert check_seal(record)
    del record["sha256"]
    assert record.pop("prompt_sha256") == Prompt("text").sha256
    assert record == {
        "index": 0,
        "id": "dev-0",
        "question": QUESTIONS[0].text,
        "db_id": "concert",
        "sql": "SELECT 1",
        "completion": "SELECT 1; done",
        "model": "tiny",
        "prompt_tokens": 7,
        "dropped": {"examples": ["e-9"]},
        "demonstrations": ["e-1"],
        "retrieved": [{"id": "e-1", "score": 0.5}],
        "agreement": 1.0,
        "candidates": [
            {
                "sql": "SELECT 1",
                "outcome": "ok",
                "error": "",
                "rows": 1,
                "finish": "stop",
                "tokens": 4,
                "logprob": -0.5,
                "agreement": 1.0,
            },
            {
                "sql": "SELECT x",
                "outcome": "error",
                "error": "no such column: x",
                "rows": None,
                "finish": "stop",
                "tokens": 4,
                "logprob": -0.5,
            },
        ],
        "seconds": {"prompt": 0.25},
    }


def test_a_run_that_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    assert write(path, 2) == 0
    assert write(path, 5) == 2
    assert [line.id for line in read_predictions(path)] == [question.id for question in QUESTIONS]
    run = json.loads(run_path(path).read_text(encoding="utf-8"))
    assert [session["from"] for session in run["sessions"]] == [0, 2]
    assert run["config"] == {"shots": 3}
    assert "sqlglot" in run["sessions"][0]["versions"]


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_half_written_last_line_is_written_again(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 3)
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:2]) + whole[2][:kept])
    assert write(path, 3) == 2
    assert path.read_bytes().splitlines(keepends=True) == whole


def test_a_line_without_its_line_break_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 2)
    path.write_bytes(path.read_bytes()[:-1])
    assert write(path, 5) == 1
    assert len(list(read_predictions(path))) == 5


def test_other_settings_are_refused_and_named(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 2, {"shots": 3, "model": "tiny"})
    before = path.read_bytes()
    with pytest.raises(DataError, match=r"config\.shots was 3, is 5.*`overwrite`"):
        write(path, 5, {"shots": 5, "model": "tiny"})
    assert path.read_bytes() == before


def test_other_questions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 2)
    with pytest.raises(DataError, match="questions"), PredictionFile(path, QUESTIONS[:4], {"shots": 3}):
        pass


def test_overwrite_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 2)
    with PredictionFile(path, QUESTIONS, {"shots": 5}, overwrite=True) as file:
        assert file.done == 0
    assert path.read_bytes() == b""


def test_a_damaged_line_in_the_middle_is_an_error_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"index": 1\n' + lines[2])
    with pytest.raises(DataError, match=r"out\.jsonl:2"):
        write(path, 5)


def test_predictions_without_their_run_file_are_not_continued(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 2)
    run_path(path).unlink()
    with pytest.raises(DataError, match="`overwrite`"):
        write(path, 5)


def test_two_processes_cannot_write_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with (
        PredictionFile(path, QUESTIONS, {}),
        pytest.raises(DataError, match="another process"),
        PredictionFile(path, QUESTIONS, {}),
    ):
        pass


def test_a_prediction_out_of_order_is_a_fault_of_ours(tmp_path: Path) -> None:
    with PredictionFile(tmp_path / "out.jsonl", QUESTIONS, {}) as file, pytest.raises(ValueError):
        file.append([prediction(QUESTIONS[1])], "tiny")


def test_a_lone_surrogate_in_a_completion_does_not_stop_the_run(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with PredictionFile(path, QUESTIONS, {}) as file:
        file.append([prediction(QUESTIONS[0], "SELECT '\ud800'")], "tiny")
    (line,) = read_predictions(path)
    assert line.sql == "SELECT '\ud800'"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match=r"nothing\.jsonl"):
        list(read_predictions(tmp_path / "nothing.jsonl"))


def test_every_flipped_bit_of_a_value_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 1)
    whole = path.read_bytes()
    (before,) = read_predictions(path)
    for at in range(0, len(whole) - 1, 3):
        flipped = bytearray(whole)
        flipped[at] ^= 1 << at % 8
        path.write_bytes(bytes(flipped))
        try:
            found = [line.sql for line in read_predictions(path)]
        except DataError:
            continue
        assert found == [before.sql]  # a blank, or the name of the checksum itself


def test_lines_without_a_checksum_are_read(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 1)
    record = json.loads(path.read_text())
    del record["sha256"]
    path.write_text(json.dumps(record) + "\n")
    assert [line.sql for line in read_predictions(path)] == ["SELECT 1"]
    assert write(path, 2) == 1


def test_another_program_may_write_the_lines_anew(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 1)
    record = json.loads(path.read_text())
    path.write_text(json.dumps(record, separators=(",", ":"), sort_keys=True) + "\n")
    assert [line.sql for line in read_predictions(path)] == ["SELECT 1"]


def test_a_database_that_changed_meanwhile_stops_a_resumed_run(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"

    def go_on(**databases: str) -> None:
        with PredictionFile(path, QUESTIONS, {"shots": 3}, databases=databases) as file:
            file.append([prediction(QUESTIONS[file.done])], "tiny")

    go_on(concert="1", shop="1")
    go_on(concert="1", shop="1")
    with pytest.raises(DataError, match=r"another schema or content of 1 databases \(shop\)"):
        go_on(concert="1", shop="2")
    assert len(list(read_predictions(path))) == 2


def test_a_run_that_was_begun_without_fingerprints_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write(path, 1)
    with PredictionFile(path, QUESTIONS, {"shots": 3}, databases={"concert": "1"}) as file:
        assert file.done == 1


@pytest.mark.parametrize("name", ["out.jsonl", "out.run.json", "out.jsonl.lock"])
def test_files_of_others_are_never_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("years of work")
    with (
        pytest.raises(DataError, match=r"was not written by nshot|is not a lock of nshot"),
        PredictionFile(tmp_path / "out.jsonl", QUESTIONS, {"shots": 3}, overwrite=True),
    ):
        pass
    assert (tmp_path / name).read_text() == "years of work"
