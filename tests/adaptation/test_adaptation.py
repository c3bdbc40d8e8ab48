"""The whole adaptation of a tiny model: measured, tuned, written, stopped, and gone on with."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Result, Run
from tests.signals import interrupt

from nshot.data import Catalog
from nshot.errors import DataError
from nshot.eval.report.results_json import read_comparison
from nshot.generation import EngineConfig, ModelSettings
from nshot.index import read_manifest
from nshot.pipeline import PipelineConfig, make_pipeline
from nshot.training.tuning.loop.history import History, StepRecord
from nshot.types import Question

QUICK = ("--passes", "1", "--minutes", "5", "--check-limit", "2", "--encoder", "none", "--dtype", "float32")


@pytest.fixture
def adapt(run: Run, pairs_file: Path, tiny_model: Path) -> Callable[..., Result]:
    """`nshot adapt` of the tiny model on the pairs."""

    def call(out: Path, *more: object) -> Result:
        return run("adapt", "--pairs", pairs_file, "--model", tiny_model, "--out", out, *QUICK, *more)

    return call


def test_an_adaptation_measures_tunes_and_leaves_a_model(
    adapt: Callable[..., Result],
    run: Run,
    tmp_path: Path,
    tiny_model: Path,
    pairs: list[Question],
) -> None:
    out = tmp_path / "adapted"
    result = adapt(out, "--multiply", "1", "--holdout", "4")
    assert result.status == 0, result.err
    assert "26 of 26 pairs are good; learning from 22 of 2 databases, 4 held out" in result.err
    assert "note: 4 held-out questions tell little" in result.err
    assert result.out.endswith(f"{out}: ask it with --model {out}\n")
    for way in ("start model", "start model, 1 pairs shown", "adapted", "adapted, 1 pairs shown"):
        assert way in result.out
    _check_folder(out, tiny_model)
    _check_page(out)
    _check_model(out, pairs)
    assert "another adaptation" in adapt(out, "--holdout", "5").mistake


def _check_folder(out: Path, tiny_model: Path) -> None:
    assert json.loads((out / "adapted.json").read_text()) == {
        "base": str(tiny_model.resolve()), "index": "index", "format": 1
    }  # fmt: skip
    settings = ModelSettings.load(out)
    assert settings is not None
    assert (settings.shots, settings.own_shots, settings.prompt.max_tables) == (0, 1, 1)
    assert settings.trained_shots == "0:2,1:1,3:2"
    assert (read_manifest(out / "index").same_db, len(list((out / "training").iterdir())) > 4) == (
        "allow",
        True,
    )
    record = json.loads((out / "adaptation.json").read_text())
    assert (record["learnt"], len(record["held_out"]), len(record["results"])) == (22, 4, 4)
    assert record["state"]["passes"] == 1.0


def _check_page(out: Path) -> None:
    page = read_comparison(out / "results.json")
    assert [one.label for one in page.systems] == [
        "start model", "start model, 1 shot", "adapted", "adapted, 1 shot"
    ]  # fmt: skip
    assert len(page.cases) == 4
    shown = {one for case in page.cases for answer in case.answers for one in answer.demonstrations}
    assert shown
    assert not shown & {case.id for case in page.cases}
    assert "Wilson" in (out / "report.md").read_text(encoding="utf-8")
    assert len(read_comparison(out / "check" / "results.json").cases) == 2


def _check_model(out: Path, pairs: list[Question]) -> None:
    """The folder is a model with its index: the pair itself is shown to a live question."""
    config = PipelineConfig.of(model=str(out), dtype="float32")
    assert (config.examples.index, config.engine.adapter) == (out / "index", out)
    pipeline = make_pipeline(config, catalog=Catalog.sample())
    prediction = pipeline.ask(pairs[0])
    assert [one.example.sql for one in prediction.candidates] == [pairs[0].sql]


def test_few_pairs_are_all_learned_from_and_that_is_told(
    adapt: Callable[..., Result], pairs_file: Path, tmp_path: Path
) -> None:
    lines = pairs_file.read_text(encoding="utf-8").splitlines(keepends=True)
    pairs_file.write_text("".join(lines[:11]), encoding="utf-8")
    result = adapt(tmp_path / "few", "--check-limit", "0")
    assert result.status == 0, result.err
    assert "nothing is held out, so nobody can tell what the pairs bring" in result.err
    assert "the last: nothing was held out" in result.err
    assert (tmp_path / "few" / "adapter_model.safetensors").is_file()
    pairs_file.write_text("".join(lines[:5]), encoding="utf-8")
    assert "4 pairs are too few to tune a model on" in adapt(tmp_path / "none").mistake


def test_a_stopped_adaptation_keeps_its_state_and_goes_on(
    adapt: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: History, step: StepRecord) -> None:
        interrupt()

    out = tmp_path / "stopped"
    with monkeypatch.context() as patched:
        patched.setattr(History, "step", interrupted)
        result = adapt(out, "--check-limit", "0", "--holdout", "2")
    assert result.status == 130, result.err
    assert f"stopped; the best state so far is in {out}; the same command continues" in result.err
    assert EngineConfig(model=str(out)).adapter == out
    assert not (out / "report.html").exists()
    result = adapt(out, "--check-limit", "0", "--holdout", "2", "--minutes", "6")
    assert result.status == 0, result.err
    assert (out / "report.html").is_file()
    assert json.loads((out / "training" / "run.json").read_text())["recipe"]["optim"]["minutes"] == 6.0


def test_a_folder_of_others_is_left_alone(adapt: Callable[..., Result], tmp_path: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("Dear Ada")
    assert "has other files" in adapt(out).mistake
    assert [one.name for one in out.iterdir()] == ["letter.txt"]


def test_a_database_that_is_no_file_is_refused(tmp_path: Path, pairs: list[Question]) -> None:
    from nshot.adaptation import AdaptConfig, CheckedPairs, plan_adaptation

    class OfServer:
        def path(self, db_id: str) -> Any:
            return "postgresql://here/db"

    checked = CheckedPairs(tuple(pairs), (), len(pairs))
    with pytest.raises(DataError, match="bakery is not a SQLite file"):
        plan_adaptation(checked, OfServer(), EngineConfig(), AdaptConfig())  # type: ignore[arg-type]
