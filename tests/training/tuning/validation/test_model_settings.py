from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.data import Catalog, read_pool
from nshot.errors import DataError
from nshot.generation import Decoding, ModelSettings
from nshot.models.tokenizer import TokenizerFormat
from nshot.prompting import PromptConfig
from nshot.training.data import SftConfig, write_data
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.train import train
from nshot.training.tuning.validation.model_settings import model_settings_of_recipe
from nshot.types import Question


@pytest.fixture(scope="module")
def text(tiny_llama: Path) -> TokenizerFormat:
    from transformers import AutoTokenizer

    return TokenizerFormat(AutoTokenizer.from_pretrained(str(tiny_llama)), name="tiny")


def write_rows(out: Path, template: str, **prompt: Any) -> Path:
    """Two rows as `nshot train data` writes them."""
    asked = [Question(one.question, one.db_id, one.id, one.sql) for one in read_pool("sample").examples[:2]]
    config = SftConfig(prompt=PromptConfig(template=template, **prompt))
    write_data(asked, Catalog.sample(), out, config)
    return out / "train.jsonl"


def test_the_settings_of_a_pool_are_those_of_its_rendering(text: TokenizerFormat) -> None:
    data = {"pool": ["sample"], "shots": "0..5", "show_values": True, "contexts": "shuffled:8,full:1"}
    select = {"shots": 3, "max_new_tokens": 77}
    recipe = make_recipe({"data": data, "select": select, "optim": {"epochs": 1}})
    assert model_settings_of_recipe(recipe, text) == ModelSettings(
        PromptConfig(template="compact", show_values=True, form="from-first"),
        chat="off",
        shots=3,
        trained_shots="0:1,1:1,2:1,3:1,4:1,5:1",
        decoding=Decoding(77, constrain=True),
    )


def test_a_beam_and_the_tables_shown_stay_with_the_adapter(text: TokenizerFormat) -> None:
    data = {"pool": ["sample"], "contexts": "relevant", "max_tables": 2, "max_columns": 5}
    select = {"context": "relevant", "method": "beam", "beams": 3}
    settings = model_settings_of_recipe(
        make_recipe({"data": data, "select": select, "optim": {"epochs": 1}}), text
    )
    assert settings is not None
    assert settings.prompt == PromptConfig(
        template="compact", scope="relevant", max_tables=2, max_columns=5, form="from-first", budget=None
    )
    assert settings.decoding == Decoding(160, method="beam", beams=3, constrain=True)


def test_the_settings_of_files_are_those_of_their_run(text: TokenizerFormat, tmp_path: Path) -> None:
    file = write_rows(tmp_path / "rows", "context-first", form="tidy", order="best-first", budget=900)
    recipe = make_recipe({"data": {"files": [str(file)]}, "optim": {"epochs": 1}})
    found = model_settings_of_recipe(recipe, text)
    assert found is not None
    assert found.prompt == PromptConfig(template="context-first", form="tidy", order="best-first")
    assert (found.shots, found.trained_shots, found.decoding.constrain) == (0, "0", False)


@pytest.mark.parametrize("chat", [True, False])
def test_rows_of_another_chat_mode_are_refused(text: TokenizerFormat, tmp_path: Path, chat: bool) -> None:
    file = write_rows(tmp_path / "rows", "compact")
    run = tmp_path / "rows" / "run.json"
    found = json.loads(run.read_text())
    assert found["chat"] is False
    run.write_text(json.dumps(found | {"chat": not chat}))
    text.tokenizer.chat_template = "{{ messages[0].content }}!"
    try:
        other = TokenizerFormat(text.tokenizer, name="tiny", chat="on" if chat else "off")
        recipe = make_recipe({"data": {"files": [str(file)]}, "optim": {"epochs": 1}})
        with pytest.raises(DataError, match=f"set model.chat = '{'off' if chat else 'on'}'"):
            model_settings_of_recipe(recipe, other)
    finally:
        text.tokenizer.chat_template = None


def test_files_without_a_run_have_no_settings(text: TokenizerFormat, rows_file: Path) -> None:
    recipe = make_recipe({"data": {"files": [str(rows_file)]}, "optim": {"epochs": 1}})
    assert model_settings_of_recipe(recipe, text) is None


def test_a_template_that_has_changed_since_is_refused(text: TokenizerFormat, tmp_path: Path) -> None:
    template = tmp_path / "mine.jinja"
    template.write_text("{{ context }}\n{{ question }}\n", encoding="utf-8")
    file = write_rows(tmp_path / "rows", str(template))
    recipe = make_recipe({"data": {"files": [str(file)]}, "optim": {"epochs": 1}})
    settings = model_settings_of_recipe(recipe, text)
    assert settings is not None
    assert settings.prompt.template == str(template)
    template.write_text("{{ question }}\n", encoding="utf-8")
    with pytest.raises(DataError, match="has changed since the rows were written"):
        model_settings_of_recipe(recipe, text)
    template.unlink()
    with pytest.raises(DataError, match="restore it"):
        model_settings_of_recipe(recipe, text)


def test_settings_and_template_lie_beside_every_adapter(table: dict[str, Any], tmp_path: Path) -> None:
    template = tmp_path / "mine.jinja"
    template.write_text("{{ context }}\n{{ question }}\n", encoding="utf-8")
    own = {"pool": ["sample"], "template": str(template), "form": "tidy", "holdout": 1}
    optim = table["optim"] | {"epochs": 0.01}
    train(make_recipe(table | {"data": own, "optim": optim}), tmp_path / "run")
    for folder in ("last", "best"):
        found = ModelSettings.load(tmp_path / "run" / folder)
        assert found is not None
        assert found.prompt.template == str(tmp_path / "run" / folder / "template.jinja")
        assert found.prompt.form == "tidy"
    record = json.loads((tmp_path / "run" / "last" / "nshot.json").read_text())
    assert record["prompt"]["template"] == "template.jinja"
