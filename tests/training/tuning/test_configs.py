"""Every recipe that ships is loaded and dry-run, without network; the sample stands in for
Spider."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from nshot.cli.output.train_plan import show_plan
from nshot.training.data import HoldoutConfig
from nshot.training.tuning.dry_run import TrainingPlan, dry_run
from nshot.training.tuning.recipe.file import make_recipe, read_recipe

CONFIGS = sorted((Path(__file__).resolve().parents[3] / "configs").glob("*.toml"))


@cache
def plan(path: Path) -> TrainingPlan:
    """Made once: a pack in bfloat16 takes long on a processor without it."""
    recipe = read_recipe(path)
    rows = replace(recipe.data.rows, shots=0)
    data = replace(
        recipe.data, pool=("sample",), databases=None, index=None, rows=rows, holdout=HoldoutConfig(2)
    )
    lora = replace(recipe.lora, start="")
    return dry_run(replace(recipe, data=data, lora=lora), lambda _stage, _steps: lambda _done: None)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_recipe_can_be_planned(path: Path) -> None:
    found = plan(path)
    assert 0 < found.sizes.trainable < 0.2 * found.sizes.frozen
    assert found.tokens < found.apart
    assert len(found.shown) == 3
    assert (found.missing == "") == (found.seconds is not None)


def test_the_recipe_for_a_gpu_of_24_gb_fits_there() -> None:
    found = plan(next(path for path in CONFIGS if path.stem == "llama-3.1-8b-qlora"))
    assert 7e9 < sum(found.memory.values()) < 20e9  # beside it, answers to held-out questions need some


@pytest.mark.parametrize(
    ("epochs", "minutes", "seconds", "line"),
    [
        (3.0, None, 90.0, "the training: 3 epochs, 30 steps, about 4.5 min plus the evaluations\n"),
        (3.0, None, None, "the training: 3 epochs, 30 steps\n"),
        (None, 3.0, 90.0, "the training: 3 min including the evaluations: at most 2.00 epochs, 20 steps\n"),
        (None, 3.0, None, "the training: 3 min\n"),
    ],
)
def test_a_plan_says_how_long_the_whole_takes(
    epochs: float | None,
    minutes: float | None,
    seconds: float | None,
    line: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = plan(next(path for path in CONFIGS if path.stem == "sample-3-minutes"))
    show_plan(made._replace(steps=10, epochs=epochs, minutes=minutes, seconds=seconds))
    assert line in capsys.readouterr().out


def test_a_plan_says_why_nothing_was_measured(
    tmp_path: Path, tiny_llama: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_llama, tmp_path / "damaged")
    (tmp_path / "damaged" / "model.safetensors").write_bytes(b"not weights")
    data = {"pool": ["sample"], "holdout": 2}
    recipe = make_recipe(
        {"model": {"source": str(tmp_path / "damaged")}, "data": data, "optim": {"epochs": 1}}
    )
    show_plan(dry_run(recipe, lambda _stage, _steps: lambda _done: None))
    message = capsys.readouterr().out
    assert "time of an epoch: unknown" in message
    assert f"not measured: model '{tmp_path / 'damaged'}' cannot be loaded: " in message
