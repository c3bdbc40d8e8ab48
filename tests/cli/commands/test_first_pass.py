"""Strategies of two passes on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import Result, Run
from ..model_server import FakeModel

QUESTIONS = """\
question,db_id
How many products are there?,shop
Name the products.,shop
"""
GROUPED = "SELECT name, count(*) FROM product GROUP BY name"
TWO_PASS = ("--strategy", "skeleton", "--first-strategy", "keyword")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "asked.csv"
    path.write_text(QUESTIONS, encoding="utf-8")
    return path


@pytest.fixture
def first_pass(tmp_path: Path) -> Path:
    """SQL for the first question, and none for the second."""
    path = tmp_path / "first.txt"
    path.write_text(f"{GROUPED}\n\n", encoding="utf-8")
    return path


@pytest.fixture
def retrieve(run: Run, sample_index: Path, databases: Path, questions: Path) -> Run:
    """`nshot retrieve` of the questions from the sample."""

    def call(*arguments: object) -> Result:
        fixed = ("--questions", questions, "--index", sample_index, "--databases", databases)
        return run("retrieve", *fixed, *arguments)

    return call


def shown(record: dict[str, list[dict[str, str]]]) -> list[str]:
    return [candidate["id"] for candidate in record["candidates"]]


def test_examples_are_ranked_by_the_first_pass_and_who_has_none_is_counted(
    retrieve: Run, first_pass: Path
) -> None:
    plain = retrieve("--strategy", "keyword")
    found = retrieve(*TWO_PASS, "--first-pass", first_pass)
    assert found.status == 0, found.err
    assert all("GROUP BY" in candidate["sql"] for candidate in found.lines[0]["candidates"])
    assert shown(found.lines[0]) != shown(plain.lines[0])
    assert shown(found.lines[1]) == shown(plain.lines[1])
    assert "note: 1 without a usable first-pass SQL: their examples are ranked by keyword alone" in found.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--strategy", "keyword", "--first-pass", "f.txt"), "--first-pass has no effect without --strategy"),
        (("--strategy", "keyword", "--first-strategy", "vector"), "--first-strategy has no effect"),
        (
            ("--strategy", "skeleton-hybrid", "--skeleton-threshold", 0.5),
            "--skeleton-threshold has no effect without --strategy skeleton; give that, too, or leave it out",
        ),
        ((*TWO_PASS, "--skeleton-threshold", 1.5), "--skeleton-threshold must be from 0 to 1"),
        (TWO_PASS, "give --first-pass FILE, or use keyword"),
        ((*TWO_PASS, "--first-pass", "no.txt"), "first pass not found"),
    ],
)
def test_what_has_no_effect_or_is_missing_is_refused(
    retrieve: Run, arguments: tuple[object, ...], expected: str
) -> None:
    assert expected in retrieve(*arguments).mistake


def test_a_first_pass_of_other_questions_is_refused(retrieve: Run, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("SELECT 1\n", encoding="utf-8")
    assert "has 1 lines, expected one SQL for each of the 2 questions" in (
        retrieve(*TWO_PASS, "--first-pass", tmp_path / "other.txt").mistake
    )


def test_predict_lets_the_model_write_the_first_pass_and_keeps_it(
    run: Run, model: FakeModel, questions: Path, databases: Path, sample_index: Path, tmp_path: Path
) -> None:
    model.says = lambda prompt: GROUPED if "GROUP BY" not in prompt else "SELECT 1"
    fixed = (
        "--databases",
        databases,
        "--index",
        sample_index,
        "--model",
        model.url,
        "--questions",
        questions,
    )
    out = tmp_path / "out.jsonl"
    done = run("predict", *fixed, "--out", out, *TWO_PASS, "--concurrency", 1)
    assert done.status == 0, done.err
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(record["first_pass"], record["sql"]) for record in records] == [(GROUPED, "SELECT 1")] * 2
    assert len(model.prompts) == 4

    again = tmp_path / "again.jsonl"
    done = run("predict", *fixed, "--out", again, *TWO_PASS, "--first-pass", out, "--limit", 1)
    assert done.status == 0, done.err
    (record,) = [json.loads(line) for line in again.read_text(encoding="utf-8").splitlines()]
    assert record["first_pass"] == "SELECT 1"
    assert len(model.prompts) == 5


def test_a_first_pass_that_changed_is_another_setting(
    run: Run, model: FakeModel, questions: Path, databases: Path, sample_index: Path, first_pass: Path
) -> None:
    arguments = (
        "predict", "--databases", databases, "--index", sample_index, "--model", model.url, "--questions",
        questions, "--out", first_pass.with_name("out.jsonl"), *TWO_PASS, "--first-pass", first_pass,
    )  # fmt: skip
    assert run(*arguments).status == 0
    first_pass.write_text("SELECT 1\nSELECT 2\n", encoding="utf-8")
    assert "config.first_pass_sha256 was" in run(*arguments).mistake


def test_ask_writes_the_first_pass_itself_or_takes_it_from_a_file(
    run: Run, model: FakeModel, sample_index: Path, shop: Path, tmp_path: Path
) -> None:
    fixed = ("ask", "--db", shop, "--index", sample_index, "--model", model.url, *TWO_PASS, "--json")
    assert run(*fixed, "How many products?").status == 0
    assert len(model.prompts) == 2
    (tmp_path / "one.txt").write_text(GROUPED, encoding="utf-8")
    assert run(*fixed, "--first-pass", tmp_path / "one.txt", "How many products?").status == 0
    assert len(model.prompts) == 3
    assert "in a session" in run(*fixed, "--first-pass", tmp_path / "one.txt").mistake


def test_compare_takes_the_first_pass_of_all_questions_and_samples_them(
    run: Run, sample_index: Path, tmp_path: Path
) -> None:
    from nshot.data import read_questions

    file = tmp_path / "first.txt"
    file.write_text("SELECT count(*) FROM t\n" * len(read_questions("sample")), encoding="utf-8")
    fixed = ("compare", "--questions", "sample", "--index", sample_index, "--tokenizer", "none", "--shots", 1)
    asked = (*fixed, "--strategies", "keyword,skeleton/coverage", "--first-strategy", "keyword", "--limit", 6)
    found = run(*asked, "--first-pass", file)
    assert found.status == 0, found.err
    assert "skeleton/coverage" in found.out
    assert "skeleton ranks by the SQL of a first pass; give --first-pass FILE" in run(*asked).mistake
    idle = run(*fixed, "--strategies", "keyword", "--first-pass", file)
    assert "--first-pass has no effect" in idle.mistake
