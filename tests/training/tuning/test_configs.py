"""Every recipe that ships is loaded and dry-run, without network; the sample stands in for Spider."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nshot.training.tuning.dry_run import Plan, dry_run
from nshot.training.tuning.recipe_file import read_recipe

CONFIGS = sorted((Path(__file__).resolve().parents[3] / "configs").glob("*.toml"))


def plan(path: Path) -> Plan:
    recipe = read_recipe(path)
    data = replace(recipe.data, pool=("sample",), databases="", index="", shots=0, holdout=2)
    lora = replace(recipe.lora, start="")
    return dry_run(replace(recipe, data=data, lora=lora), lambda _stage, _steps: lambda _done: None)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_recipe_can_be_planned(path: Path) -> None:
    found = plan(path)
    assert 0 < found.sizes.trainable < 0.2 * found.sizes.frozen
    assert found.tokens < found.apart
    assert len(found.shown) == 3
    assert found.at_hand == (found.seconds is not None)
