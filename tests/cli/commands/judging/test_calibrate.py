"""`nshot calibrate`, and what its calibration does in ask, predict and eval."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nshot.pipeline import Calibration, ConfidenceWeights
from nshot.pipeline.confidence import CALIBRATION_FILE

from ...conftest import Result, Run
from ...model_server import FakeModel

COUNT, OTHERS = "SELECT count(*) FROM product", ["SELECT max(id) + 1 FROM product", "SELECT 0 - 1"]
SAME = ["SELECT count(id) FROM product", "SELECT count(name) FROM product"]


def say(prompt: str) -> list[str]:
    """Sure and right about most products with even numbers, unsure and mostly wrong about the
    others.
    """
    number = int(re.findall(r"number (\d+)", prompt)[-1])
    if number % 2 == 0 and number % 10:
        return [COUNT, *SAME]
    return [COUNT, *OTHERS] if number % 10 == 1 else [*OTHERS, COUNT]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "asked.csv"
    lines = [f"How many products has number {at}?,shop,{COUNT}" for at in range(60)]
    path.write_text("\n".join(["question,db_id,query", *lines, ""]), encoding="utf-8")
    return path


@pytest.fixture
def calibrate(run: Run, model: FakeModel, questions: Path, databases: Path) -> Callable[..., Result]:
    """`nshot calibrate` of the fake model, which has several candidates and no
    log-probabilities."""
    model.says = say

    def call(*arguments: object, command: str = "calibrate") -> Result:
        fixed = ("--questions", questions, "--databases", databases, "--model", model.url, "--shots", 0)
        return run(command, *fixed, "--candidates", 3, *arguments)

    return call


@pytest.fixture
def calibration(tmp_path: Path) -> Path:
    """As a fit of these answers finds it, about."""
    folder = tmp_path / "calibration"
    folder.mkdir()
    Calibration(agreement=ConfidenceWeights(0.0, 0.0, 0.5), candidates=3).save(folder / CALIBRATION_FILE)
    return folder


def test_a_calibration_is_fitted_measured_and_written(
    calibrate: Callable[..., Result], tmp_path: Path
) -> None:
    result = calibrate("--out", tmp_path / "new" / "fit.json", "--json")
    assert result.status == 0, result.err
    found = result.json
    assert (found["questions"], found["databases"], found["candidates"]) == (60, 1, 3)
    assert list(found["weights"]) == ["agreement"]
    assert found["unseen"]["auroc"]["value"] > 0.8
    written = json.loads((tmp_path / "new" / "fit.json").read_text())
    assert written["agreement"] == found["weights"]["agreement"]
    assert written["both"] is None


def test_the_measures_of_one_database_are_printed_as_tables(
    run: Run, model: FakeModel, questions: Path, shop: Path, tmp_path: Path
) -> None:
    model.says = say
    fixed = ("--questions", questions, "--db", shop, "--model", model.url, "--shots", 0)
    result = run("calibrate", *fixed, "--candidates", 3, "--out", tmp_path / "fit.json")
    assert result.status == 0, result.err
    assert "60 questions of 1 database, " in result.out
    assert "calibrated, on questions not seen" in result.out
    assert "what --abstain-below does" in result.out
    assert "written to" in result.err


def test_given_predictions_ask_no_model(
    calibrate: Callable[..., Result], model: FakeModel, tmp_path: Path
) -> None:
    predictions = tmp_path / "run.jsonl"
    assert calibrate("--out", predictions, "--run-all", command="predict").status == 0
    asked = len(model.requests)
    first = calibrate("--predictions", predictions, "--out", tmp_path / "a.json")
    assert first.status == 0, first.err
    assert len(model.requests) == asked
    assert calibrate("--out", tmp_path / "b.json").status == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()


def test_what_cannot_be_fitted_is_refused_in_words(
    calibrate: Callable[..., Result], tmp_path: Path, model: FakeModel
) -> None:
    place = ("--out", tmp_path / "fit.json")
    assert "too few answers for a calibration" in calibrate(*place, "--limit", 20).mistake
    assert "name one with --out" in calibrate().mistake
    (tmp_path / "mine.json").write_text('{"mine": 1}')
    assert "mine.json" in calibrate("--out", tmp_path / "mine.json").mistake
    assert not (tmp_path / "fit.json").exists()


def test_predictions_state_their_confidence_and_eval_judges_it(
    calibrate: Callable[..., Result],
    calibration: Path,
    run: Run,
    questions: Path,
    databases: Path,
    tmp_path: Path,
) -> None:
    out, report = tmp_path / "run.jsonl", tmp_path / "report"
    given = ("--calibration", calibration, "--abstain-below", 0.5)
    result = calibrate("--out", out, *given, command="predict")
    assert "abstained" in result.out
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.read_text().splitlines()]
    assert {
        (line["confidence"] < 0.5) == bool(line.get("withheld")) == (not line["sql"]) for line in lines
    } == {True}
    judge = ("eval", "--predictions", out, "--gold", questions, "--databases", databases)
    totals = run(*judge, "--json", "--report", report).json
    withheld = sum("withheld" in line for line in lines)
    assert totals["answered"]["withheld"] == withheld > 0
    assert totals["answered"]["right"] == totals["levels"]["all"]["ex"]
    assert totals["answered"]["right_of_answered"] > 0.7
    assert totals["invalid"]["empty"] == 0
    assert totals["confidence"]["questions"] == 60
    assert "Risk and coverage" in (report / "report.html").read_text()
    printed = run(*judge).out
    assert f"withheld: {withheld}, " in printed
    assert "confidence: AUROC " in printed


def test_an_answer_says_how_sure_it_is(
    ask: Callable[..., Result], calibration: Path, model: FakeModel
) -> None:
    model.says = say
    given = ("--calibration", calibration, "--candidates", 3)
    sure = ask("How many products has number 2?", *given)
    assert re.search(r"^confidence \d\d %$", sure.err, re.MULTILINE)
    record = ask("How many products has number 2?", *given, "--json").json
    assert 0.5 < record["confidence"] < 1
    assert (record["abstained"], record["sql"]) == (False, COUNT)
    assert ask("How many products has number 2?", "--candidates", 3, "--json").json["confidence"] is None


def test_an_unsure_answer_is_shown_as_none(
    ask: Callable[..., Result], calibration: Path, model: FakeModel
) -> None:
    model.says = say
    given = ("How many products has number 3?", "--calibration", calibration, "--candidates", 3)
    result = ask(*given, "--abstain-below", 0.9)
    assert (result.status, OTHERS[0] in result.out) == (1, False)
    assert "no answer: confidence " in result.err
    assert OTHERS[0] in result.err
    record = json.loads(ask(*given, "--abstain-below", 0.9, "--json").out)
    assert (record["sql"], record["abstained"], record["withheld"], record["rows"]) == (
        "",
        True,
        OTHERS[0],
        [],
    )
    assert "0 rows" not in ask(*given, "--abstain-below", 0.9, "--csv").out


def test_a_session_shows_what_an_answer_would_have_been(
    ask: Callable[..., Result], calibration: Path, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.says = say
    typed = "How many products has number 3?\n/good\n/alternatives\n/sql SELECT 7 AS seven\n/fix\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    result = ask("--calibration", calibration, "--candidates", 3, "--abstain-below", 0.9)
    assert "the last question got no answer; see the SQL with /alternatives" in result.err
    assert all(result.out.count(sql) == 1 for sql in OTHERS)
    assert "without a terminal, write the SQL" in result.err  # /fix has the SQL of /sql to edit


def test_abstaining_without_a_calibration_is_refused(ask: Callable[..., Result]) -> None:
    assert "nshot calibrate" in ask("How many?", "--abstain-below", 0.5).mistake
