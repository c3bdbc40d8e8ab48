from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nshot.data import read_questions

from ..conftest import Result, Run
from ..model_server import FakeModel

Predict = Callable[..., Result]
ASKED = """\
question,db_id,query
How many products?,shop,SELECT count(*) FROM product
Name the products.,shop,SELECT name FROM product
Was kostet 東京 soap?,shop,SELECT price FROM product
Who lives on the moon?,moon,SELECT 1
"""


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Four questions, the last of them about a database that is not there."""
    path = tmp_path / "asked.csv"
    path.write_text(ASKED, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "new" / "out.jsonl"


@pytest.fixture
def predict(
    run: Run, model: FakeModel, questions: Path, databases: Path, sample_index: Path, out: Path
) -> Predict:
    """`nshot predict` of the questions with the fake model, two at a time."""
    model.says = lambda prompt: "SELECT\n  count(*) -- all\nFROM product;"

    def call(*arguments: object) -> Result:
        return run(
            "predict", "--questions", questions, "--out", out, "--databases", databases, "--index",
            sample_index, "--strategy", "keyword", "--shots", 1, "--model", model.url, "--batch", 2,
            *arguments,
        )  # fmt: skip

    return call


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_question_gets_a_line_in_input_order(
    predict: Predict, out: Path, questions: Path, model: FakeModel
) -> None:
    result = predict()
    assert result.status == 0
    assert f"{out}: 4 predictions: 1 failed, 3 ok" in result.out
    made = records(out)
    asked = read_questions(questions)
    assert [(r["index"], r["id"], r["question"]) for r in made] == [
        (at, question.id, question.text) for at, question in enumerate(asked)
    ]
    assert made[0]["sql"] == "SELECT\n  count(*) -- all\nFROM product"
    assert len(made[0]["demonstrations"]) == 1
    assert len(made[0]["prompt_sha256"]) == 64
    assert "generate" in made[0]["seconds"]
    assert "moon" in made[3]["candidates"][0]["error"]
    assert len(model.requests) == 3


def test_sql_out_is_one_line_for_each_question(predict: Predict, tmp_path: Path) -> None:
    plain = tmp_path / "plain" / "sql.txt"
    assert predict("--sql-out", plain).status == 0
    assert plain.read_text() == "SELECT count(*) FROM product\n" * 3 + "select\n"


def test_a_half_written_file_is_resumed(
    predict: Predict, out: Path, model: FakeModel, tmp_path: Path
) -> None:
    predict()
    before = records(out)
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(lines[0] + lines[1][:40])
    model.requests.clear()
    result = predict("--sql-out", tmp_path / "sql.txt")
    assert result.status == 0
    assert "resuming: 1 of 4 are done" in result.err
    assert len(model.requests) == 2
    after = records(out)
    assert [(r["id"], r["sql"], r["prompt_sha256"]) for r in after] == [
        (r["id"], r["sql"], r["prompt_sha256"]) for r in before
    ]
    assert len((tmp_path / "sql.txt").read_text().splitlines()) == 4


def test_ctrl_c_keeps_what_was_done(predict: Predict, out: Path, model: FakeModel,
                                    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from nshot.generation.engines.server.openai_engine import ServerEngine

    generate = ServerEngine.generate

    def stopped_at_the_second_batch(self: ServerEngine, *arguments: Any) -> Any:
        if model.requests:
            raise KeyboardInterrupt
        return generate(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(ServerEngine, "generate", stopped_at_the_second_batch)
        assert predict().status == 130
    assert len(records(out)) == 2
    assert "resuming: 2 of 4 are done" in predict().err
    assert len(records(out)) == 4


def test_a_finished_run_asks_nothing_again(predict: Predict, out: Path, model: FakeModel) -> None:
    predict()
    before = out.read_bytes()
    model.requests.clear()
    assert predict().status == 0
    assert model.requests == []
    assert out.read_bytes() == before


def test_changed_settings_are_refused_unless_overwrite(predict: Predict, out: Path) -> None:
    predict()
    before = out.read_bytes()
    mistake = predict("--shots", 0).mistake
    assert "shots was 1, is 0" in mistake
    assert "--overwrite" in mistake
    assert out.read_bytes() == before
    assert predict("--shots", 0, "--overwrite").status == 0
    assert records(out)[0]["demonstrations"] == []


def test_another_index_is_another_setting(predict: Predict, own_index: Path) -> None:
    predict()
    assert "index_sha256" in predict("--index", own_index).mistake


def test_only_the_first_questions_where_a_limit_is_given(predict: Predict, out: Path) -> None:
    assert predict("--limit", 2).status == 0
    assert len(records(out)) == 2


def test_no_execute_runs_nothing(predict: Predict, out: Path, model: FakeModel) -> None:
    assert "3 untried" in predict("--no-execute").out
    assert records(out)[0]["candidates"][0]["rows"] is None


def test_all_candidates_are_kept(predict: Predict, out: Path, model: FakeModel) -> None:
    model.says = lambda prompt: ["SELECT nothing", "SELECT 1"]
    predict("-n", 2, "--method", "sample", "--execute-guided")
    first = records(out)[0]
    assert first["sql"] == "SELECT 1"
    tried = [(c["sql"], c["outcome"]) for c in first["candidates"]]
    assert tried == [("SELECT 1", "ok"), ("SELECT nothing", "error")]


def test_run_json_says_how_it_was_made(predict: Predict, out: Path) -> None:
    predict("--seed", 7)
    made = json.loads(out.with_name("out.run.json").read_text())
    assert made["seed"] == 7
    assert made["config"]["strategy"] == "keyword"
    assert made["questions"]["count"] == 4


def test_a_missing_file_of_questions_is_named(predict: Predict, questions: Path, out: Path) -> None:
    questions.unlink()
    assert "asked.csv" in predict().mistake
    assert not out.exists()


def test_bad_rows_of_questions_stop_before_the_model(predict: Predict, questions: Path, model: FakeModel,
                                                     out: Path) -> None:  # fmt: skip
    questions.write_text(ASKED.replace("Name the products.", ""))
    result = predict()
    assert result.status == 1
    assert "asked.csv:3: question is empty" in result.err
    assert model.requests == []
    assert not out.exists()


def test_unusual_columns_are_mapped(predict: Predict, questions: Path, out: Path) -> None:
    questions.write_text(ASKED.replace("question,db_id", "frage,basis", 1))
    assert "--columns question=COLUMN" in predict().mistake
    assert predict("--columns", "question=frage,db_id=basis").status == 0
    assert len(records(out)) == 4


@pytest.mark.parametrize("option", ["--limit", "--batch"])
@pytest.mark.parametrize("value", [0, -1])
def test_numbers_below_one_are_refused(predict: Predict, out: Path, option: str, value: int) -> None:
    assert f"{option} must be at least 1" in predict(option, value).mistake
    assert not out.exists()


@pytest.mark.parametrize("option", ["--out", "--sql-out"])
def test_stdout_is_no_file_to_resume_from(predict: Predict, option: str, model: FakeModel) -> None:
    assert "name a file" in predict(option, "-").mistake
    assert model.requests == []


def test_a_run_goes_on_with_another_load_on_the_server(predict: Predict) -> None:
    predict("--concurrency", 1)
    assert predict("--concurrency", 2, "--request-timeout", 9).status == 0


@pytest.mark.parametrize("option", ["--out", "--sql-out"])
def test_the_questions_are_never_replaced(
    predict: Predict, questions: Path, option: str, out: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.csv"
    link.hardlink_to(questions)
    for path in (questions, link):
        assert f"{option} would replace {questions}" in predict(option, path).mistake
    assert questions.read_text(encoding="utf-8") == ASKED


@pytest.mark.parametrize("text", ["SELECT 1\n", "years of work"])
def test_a_file_of_sql_by_others_is_never_replaced(predict: Predict, tmp_path: Path, text: str) -> None:
    sql = tmp_path / "mine.sql"
    sql.write_text(text)
    assert "was not written by nshot" in predict("--sql-out", sql).mistake
    assert sql.read_text() == text


def test_sql_that_was_written_before_is_replaced_until_somebody_changes_it(
    predict: Predict, tmp_path: Path
) -> None:
    sql = tmp_path / "predicted.sql"
    for _ in range(2):
        assert predict("--sql-out", sql, "--overwrite").status == 0
    sql.write_text(sql.read_text() + "SELECT 1\n")
    assert "or was changed since" in predict("--sql-out", sql, "--overwrite").mistake


def test_the_description_of_the_run_cannot_be_the_file_of_sql(predict: Predict, out: Path) -> None:
    assert "name two files" in predict("--sql-out", out.with_name("out.run.json")).mistake


def test_a_database_that_changed_stops_the_run_that_goes_on(
    predict: Predict, out: Path, shop: Path, questions: Path
) -> None:
    assert predict("--limit", 3).status == 0
    out.write_text("".join(out.read_text(encoding="utf-8").splitlines(keepends=True)[:1]), encoding="utf-8")
    with closing(sqlite3.connect(shop)) as connection:
        connection.execute("UPDATE product SET price = 8 WHERE id = 1")
        connection.commit()
    assert "another schema or content of 1 databases (shop)" in predict("--limit", 3).mistake
    assert predict("--limit", 3, "--overwrite").status == 0


def test_a_model_that_never_writes_sql_is_a_failure(predict: Predict, model: FakeModel) -> None:
    model.says = lambda prompt: ""
    result = predict()
    assert result.status == 1
    assert "the completion contains no SQL" in result.err
    assert "none of the 4 questions got an answer" in result.mistake


def test_a_run_without_any_answer_says_why_and_is_a_failure(
    predict: Predict, model: FakeModel, out: Path
) -> None:
    result = predict("--context-length", 270)
    assert result.status == 1
    assert "none of the 4 questions got an answer" in result.mistake
    assert "tokens, but only" in result.err
    assert "moon" in result.err
    assert len(out.read_text().splitlines()) == 4
    assert model.requests == []


def test_a_run_of_which_no_sql_can_be_run_is_a_failure(predict: Predict, model: FakeModel, out: Path) -> None:
    model.says = lambda prompt: "SELECT nothing FROM nowhere"
    result = predict()
    assert "none of the 4 answers could be run; check --databases" in result.mistake
    assert 'failed, 3 of 4: near "nothing": syntax error' in result.err
    assert len(out.read_text().splitlines()) == 4


def test_a_file_without_questions_is_refused(run: Run, model: FakeModel, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("question,db_id\n")
    for command in ("predict", "retrieve", "compare"):
        wanted = ("--out", tmp_path / "out.jsonl", "--model", model.url) if command == "predict" else ()
        assert "empty.csv has no questions" in run(command, "--questions", empty, *wanted).mistake


def test_a_folder_is_no_file_of_predictions(predict: Predict, out: Path, model: FakeModel) -> None:
    out.mkdir(parents=True)
    assert "is a folder; name a file" in predict().mistake
    assert model.requests == []


@pytest.mark.parametrize(
    ("gold", "options", "verified"),
    [(False, (), True), (True, (), False), (True, ("--reuse",), True), (True, ("--no-reuse",), False)],
)
def test_pairs_answer_questions_that_are_not_measured(
    run: Run, model: FakeModel, databases: Path, tmp_path: Path, gold: bool, options: tuple[str, ...],
    verified: bool,
) -> None:  # fmt: skip
    model.says = lambda prompt: "SELECT name FROM product"
    pairs, asked, out = tmp_path / "pairs.csv", tmp_path / "asked.json", tmp_path / "out.jsonl"
    pairs.write_text("question,sql,db_id\nHow many products?,SELECT count(*) FROM product,shop\n")
    sql = {"query": "SELECT 1"} if gold else {}
    asked.write_text(json.dumps([{"question": "how many products", "db_id": "shop", **sql}]))
    run(
        "predict", "--questions", asked, "--out", out, "--databases", databases, "--pairs", pairs,
        "--strategy", "keyword", "--model", model.url, *options,
    )  # fmt: skip
    (record,) = records(out)
    assert record["sql"] == ("SELECT count(*) FROM product" if verified else "SELECT name FROM product")
    assert ("verified_pair" in record) == verified
    assert len(model.requests) == (0 if verified else 1)
    if not verified:  # what is measured never sees its own pair
        assert record["retrieved"] == []


def test_the_parts_of_a_run_are_joined_to_what_one_run_writes(
    predict: Predict, run: Run, out: Path, tmp_path: Path
) -> None:
    predict("--seed", 3, "--strategy", "random")
    parts = [tmp_path / f"{number}.jsonl" for number in (1, 2)]
    for number, part in enumerate(parts, 1):
        predict("--seed", 3, "--strategy", "random", "--shard", f"{number}/2", "--out", part)
    joined = tmp_path / "joined.jsonl"
    told = run("merge", *reversed(parts), "--out", joined)
    assert told.status == 0
    assert told.out == f"{joined}: 4 predictions of 2 parts\n"
    timed = {"seconds", "sha256"}
    one, both = (
        [{key: value for key, value in record.items() if key not in timed} for record in records(path)]
        for path in (out, joined)
    )
    assert both == one
    assert [list(record) for record in records(joined)] == [list(record) for record in records(out)]


def test_a_part_without_questions_is_refused(predict: Predict, out: Path) -> None:
    told = predict("--shard", "1/9")
    assert told.status == 1
    assert "part 1/9 of 4 questions is empty; use fewer parts" in told.err
    assert not out.exists()
