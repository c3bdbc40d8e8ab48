"""`nshot train run`, `resume` and `select`."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.signals import interrupt
from tests.training.tuning.tiny import write_llama, write_rows_file

from nshot.training.tuning.loop.history import History, StepRecord

from ..conftest import Run

RECIPE = """
[model]
source = "{folder}/llama"
dtype = "float32"
[lora]
rank = 4
[data]
files = ["{folder}/train.jsonl"]
holdout = 1
[optim]
learning_rate = 0.02
epochs = 1
rows_per_step = 8
rows_per_pack = 4
threads = 1
[select]
every_steps = 2
rows = 8
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe that trains a tiny model for 4 steps."""
    folder = tmp_path_factory.mktemp("train")
    write_llama(folder / "llama")
    write_rows_file(folder / "train.jsonl")
    path = folder / "tiny.toml"
    path.write_text(RECIPE.format(folder=folder))
    return path


def test_a_recipe_is_trained_and_its_looks_are_shown(run: Run, recipe: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run("train", "run", recipe, "--out", out)
    assert result.status == 0, result.err
    assert result.out.startswith(f"{out}/best: step 4 of 4, held-out loss ")
    assert "step 0: held-out loss " in result.err
    shown = run("train", "select", out)
    assert f"{out}/best: step 4: the lower loss: " in shown.out
    assert run("train", "resume", out).out == result.out
    assert f"nshot train resume {out}" in run("train", "run", recipe, "--out", out).mistake


def test_a_stopped_training_says_how_it_goes_on(
    run: Run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: History, step: StepRecord) -> None:
        if step.step == 3:
            interrupt()

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(History, "step", interrupted)
        result = run("train", "run", recipe, "--out", out)
    assert result.status == 130
    assert f"stopped after step 3; everything is saved; resume with: nshot train resume {out}" in result.err
    assert "step 4 of 4" in run("train", "resume", out).out


def test_a_dry_run_shows_sizes_and_masked_rows_and_writes_nothing(
    run: Run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("train", "run", recipe, "--dry-run", "--set", "freeze_layers=1")
    assert result.status == 0, result.err
    assert "parameters: 2,048 trained (" in result.out
    assert "an epoch: 4 steps of about 8 rows" in result.out
    assert "an evaluation: the loss of 8 rows, 0 questions answered\n" in result.out
    assert "memory of a step, estimated: " in result.out
    assert "_table(a, b, c)\n\nquestion: how many " in result.out
    assert "?\nsql:\n]from db" in result.out
    assert "<end>" in result.out
    assert [path.name for path in tmp_path.iterdir()] in ([], ["cache"])


def test_a_mistake_in_a_recipe_is_named(run: Run, recipe: Path) -> None:
    assert "did you mean learning_rate?" in run("train", "run", recipe, "--set", "optim.learning=1").mistake
    assert "recipe not found" in run("train", "run", "none.toml").mistake
    assert "has no training" in run("train", "resume", recipe.parent).mistake
    assert "has no training" in run("train", "select", recipe.parent).mistake
