"""Recipes: what they take, and how they refuse the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import FileMissingError, OptionError
from nshot.training.tuning.recipe.file import make_recipe, read_recipe, to_table

GOOD: dict[str, Any] = {"data": {"pool": ["sample"]}, "optim": {"epochs": 1}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optim.learning_rat": 1e-3}, r"optim\.learning_rat is unknown; did you mean learning_rate\?"),
        ({"zzz": 1}, r"zzz is unknown; it has: model, quantise"),
        ({"lora": 3}, r"\[lora\] must be a section, got 3"),
        ({"lora.rank": 0}, r"\[lora\] rank must be at least 1, got 0"),
        ({"lora.rank": 1.5}, r"lora\.rank must be a whole number, got 1\.5"),
        ({"lora.rank": True}, r"lora\.rank must be a whole number, got True"),
        ({"lora.targets": "q_proj"}, r"lora\.targets must be a list, got 'q_proj'"),
        ({"lora.targets": []}, r"\[lora\] targets is empty; name at least one layer"),
        ({"lora.dropout": 1}, r"\[lora\] dropout must be at least 0 and below 1, got 1\.0"),
        ({"quantise.kind": "int8"}, r"quantise\.kind must be one of none, nf4; got 'int8'"),
        (
            {"optim.learning_rate": float("inf")},
            r"\[optim\] learning_rate must be above 0 and finite, got inf",
        ),
        ({"optim": {}}, r"set epochs, minutes, or both"),
        ({"optim.epochs": "two"}, r"optim\.epochs must be a number, got 'two'"),
        ({"optim.betas": [0.9]}, r"betas must be two numbers"),
        ({"data.files": ["x.jsonl"]}, r"either pool or files"),
        ({"data.held_out_files": ["x.jsonl"]}, r"held_out_files needs files"),
        ({"data.max_tables": 0}, r"\[data\] `max_tables` must be at least 1, got 0"),
        ({"data.max_columns": 0}, r"\[data\] `max_columns` must be at least 1, got 0"),
        ({"data.holdout": 1.5}, r"data\.holdout must be a text or a whole number or a list, got 1\.5"),
        ({"select.every_steps": 2, "select.every_minutes": 2}, r"has every_minutes and every_steps"),
        ({"select.method": "sample"}, r"unknown select\.method 'sample'; choose one of: greedy, beam"),
        ({"select.beams": 0}, r"\[select\] `beams` must be at least 1, got 0"),
        ({"model.shape": {"layers": 2}}, r"\[model\.shape\] lacks hidden, intermediate"),
        ({"lora.init": "pissa", "quantise.kind": "nf4"}, r"\[lora\] init = 'pissa' decomposes the weights"),
        ({"freeze_layers": -1}, r"freeze_layers must be at least 0, got -1"),
    ],
)
def test_what_does_not_belong_is_refused(change: dict[str, Any], message: str) -> None:
    table = json.loads(json.dumps(GOOD))
    for name, value in change.items():
        *sections, key = name.split(".")
        place = table
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    with pytest.raises(OptionError, match=message):
        make_recipe(table)


def test_one_of_a_pair_takes_the_others_place(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text("\ufeff[data]\npool = ['sample']\n[optim]\nminutes = 3\n[select]\nevery_minutes = 1\n")
    read = read_recipe(file, ["optim.epochs=2", "select.every_steps=5"])
    assert (read.optim.epochs, read.optim.minutes) == (2.0, None)
    assert (read.select.every_steps, read.select.every_minutes) == (5, None)
    assert read_recipe(file).optim.minutes == 3.0


def test_a_file_without_a_setting_is_no_recipe(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("# nothing\n")
    with pytest.raises(OptionError, match=r"empty\.toml is empty; begin with a recipe"):
        read_recipe(tmp_path / "empty.toml", ["optim.epochs=1"])


def test_options_of_rendering_are_refused_for_files_that_are_rendered() -> None:
    with pytest.raises(OptionError, match="shots has no effect on files"):
        make_recipe({"data": {"files": ["train.jsonl"], "shots": "3"}, "optim": {"epochs": 1}})


def test_a_recipe_comes_back_from_json() -> None:
    recipe = make_recipe({**GOOD, "data": {"pool": ["sample"], "holdout": ["a", "b"]}})
    assert make_recipe(json.loads(json.dumps(to_table(recipe)))) == recipe


def test_a_file_is_read_and_changed(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[data]\npool = ["sample"]\n[optim]\nepochs = 2\n')
    changes = ["optim.learning_rate=1e-3", "lora.rank = 8", "model.source=some/model", 'data.pool=["a", "b"]']
    recipe = read_recipe(path, changes)
    assert (recipe.optim.learning_rate, recipe.optim.epochs, recipe.lora.rank) == (1e-3, 2.0, 8)
    assert (recipe.model.source, recipe.data.pool) == ("some/model", ("a", "b"))


@pytest.mark.parametrize("change", ["lora.rank", "=3", "freeze_layers.x=1"])
def test_a_change_that_is_none_is_refused(tmp_path: Path, change: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text("freeze_layers = 1\n[optim]\nepochs = 2\n")
    with pytest.raises(OptionError, match="`set`"):
        read_recipe(path, [change])


def test_files_that_are_no_recipes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissingError, match="recipe not found"):
        read_recipe(tmp_path / "none.toml")
    with pytest.raises(OptionError, match="is a folder"):
        read_recipe(tmp_path)
    path = tmp_path / "r.toml"
    path.write_text("lora = [")
    with pytest.raises(OptionError, match="is not TOML"):
        read_recipe(path)


@pytest.mark.parametrize(
    "value",
    ["9" * 5_000, "9" * 400, "0x" + "f" * 5_000, "[" * 5_000, "{a = " * 5_000],
    ids=["digits", "more than a float", "hexadecimal", "lists", "tables"],
)
def test_numbers_and_nesting_without_end_are_refused(tmp_path: Path, value: str) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text(f'[data]\npool = ["sample"]\n[optim]\nepochs = 1\nlearning_rate = {value}\n')
    with pytest.raises(OptionError, match=r"is not TOML|at most 64 bits"):
        read_recipe(file)
    good = tmp_path / "good.toml"
    good.write_text('[data]\npool = ["sample"]\n[optim]\nepochs = 1\n')
    with pytest.raises(OptionError):
        read_recipe(good, [f"optim.learning_rate={value}"])


def test_places_are_paths_and_an_empty_one_is_none() -> None:
    recipe = make_recipe({"data": {"pool": ["sample"], "databases": "", "index": "runs/index"}})
    assert (recipe.data.databases, recipe.data.index) == (None, Path("runs/index"))
    table = json.loads(json.dumps(to_table(recipe)))
    assert table["data"]["index"] == "runs/index"
    assert make_recipe(table) == recipe
