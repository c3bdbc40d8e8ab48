from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import EngineError, OptionError, UnknownNameError
from nshot.generation import Decoding, ModelSettings, load_engine
from nshot.generation.model_settings import load_model_settings
from nshot.models.embedded_model import SHIPPED
from nshot.pipeline import Pipeline
from nshot.prompting import PLAIN, PromptConfig
from nshot.types import Question, Schema

from .conftest import SINGER, FakeDatabases, FakeRetriever, ScriptedEngine

TUNED = ModelSettings(
    PromptConfig(template="compact", show_values=True, form="from-first", order="best-first"),
    chat="off",
    shots=2,
    trained_shots="0..5",
    decoding=Decoding(
        64, method="beam", beams=3, constrain=True, functions=("count", "max"), joins="keys", sources="tables"
    ),
)
OWN = "SQL for {{ question }}\n{{ context }}\nsql:\n"


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    TUNED.save(tmp_path)
    assert ModelSettings.load(tmp_path) == TUNED


def test_the_budget_of_a_run_does_not_become_the_models(tmp_path: Path) -> None:
    ModelSettings(prompt=PromptConfig(budget=100)).save(tmp_path)
    found = ModelSettings.load(tmp_path)
    assert found is not None
    assert found.prompt.budget is None


def test_a_template_of_ones_own_goes_with_the_model(tmp_path: Path) -> None:
    source = tmp_path / "mine.jinja"
    source.write_text(OWN, encoding="utf-8")
    ModelSettings(PromptConfig(template=str(source))).save(tmp_path / "model")
    source.unlink()
    (tmp_path / "model").rename(tmp_path / "moved")
    found = ModelSettings.load(tmp_path / "moved")
    assert found is not None
    prompt = found.builder(PLAIN, 1000).build(Question("who", "concert"), SINGER)
    assert prompt.text.startswith("SQL for who\n")


def test_a_folder_of_an_earlier_version_has_its_template_beside_the_prompt(tmp_path: Path) -> None:
    TUNED.save(tmp_path)
    record = json.loads((tmp_path / "nshot.json").read_text(encoding="utf-8"))
    record["template"] = record["prompt"].pop("template")
    (tmp_path / "nshot.json").write_text(json.dumps(record), encoding="utf-8")
    assert ModelSettings.load(tmp_path) == TUNED


def test_a_folder_without_settings_has_none(tmp_path: Path) -> None:
    assert ModelSettings.load(tmp_path) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, "it has format 2, and this version of nshot reads format 1"),
        ({"prompt": {"form": "poem"}}, "poem"),
        ({"prompt": {"colour": "red"}}, "colour"),
        ({"decoding": {"top_k": 3}}, "top_k"),
        ({"decoding": {"method": "guess"}}, "unknown decoding method 'guess'"),
        ({"template": "../elsewhere.jinja"}, "no template"),
        ({"prompt": {"template": "../elsewhere.jinja"}}, "no template"),
        ({"template": "template.jinja"}, "no template"),
        ({"chat": "perhaps"}, "perhaps"),
        ({"shots": "three"}, "nshot.json"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_damaged_settings_are_refused_with_the_cure(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    TUNED.save(tmp_path)
    file = tmp_path / "nshot.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | change), encoding="utf-8")
    with pytest.raises(EngineError, match="repair it, or remove it") as refused:
        ModelSettings.load(tmp_path)
    assert told in str(refused.value)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="chat mode"):
        ModelSettings(chat="perhaps")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="`shots` must be at least 0, got -1"):
        ModelSettings(shots=-1)


def test_without_a_template_the_number_of_examples_decides() -> None:
    assert [ModelSettings().template_name(shots) for shots in (None, 0, 1)] == [
        "n-shot",
        "zero-shot",
        "n-shot",
    ]
    assert ModelSettings(PromptConfig(template="compact")).template_name(0) == "compact"


def test_prompts_leave_room_for_the_answer() -> None:
    settings = ModelSettings(decoding=Decoding(100))
    assert settings.builder(PLAIN, 300).config.budget == 200
    assert settings.builder(PLAIN, None).config.budget is None
    assert ModelSettings(prompt=PromptConfig(budget=50)).builder(PLAIN, 400).config.budget == 50
    with pytest.raises(OptionError, match="`max_new_tokens` 100 leaves no room"):
        settings.builder(PLAIN, 100)
    with pytest.raises(OptionError, match="`budget` must be at most 44"):
        ModelSettings(prompt=PromptConfig(budget=50)).builder(PLAIN, 300)


def test_the_adapter_decides_before_the_model(tmp_path: Path) -> None:
    TUNED.save(tmp_path / "model")
    (tmp_path / "adapter").mkdir()
    assert load_model_settings(str(tmp_path / "model")) == TUNED
    assert load_model_settings(str(tmp_path / "model" / "weights.gguf")) == TUNED
    assert load_model_settings(str(tmp_path / "model"), tmp_path / "adapter") is None
    assert load_model_settings("http://localhost/v1") is None
    assert load_model_settings("embedded-base") is None
    assert load_model_settings("embedded", tmp_path / "adapter") is None
    assert load_model_settings("embedded") == ModelSettings.load(SHIPPED)


def test_a_pipeline_asks_as_its_model_wants(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([[["from singer select name"]]], settings=TUNED)
    pipeline = Pipeline(engine, databases, retriever=FakeRetriever())
    assert (pipeline.shots, pipeline.decoding) == (2, TUNED.decoding)
    prediction = pipeline.ask(Question("all names", "concert"))
    assert prediction.prompt.text.endswith("question: all names\nsql:\n")
    assert "from song select count(*)" in prediction.prompt.text
    assert prediction.sql == "SELECT name FROM singer"


def test_what_a_pipeline_is_told_goes_before_what_its_model_wants(databases: FakeDatabases) -> None:
    engine = ScriptedEngine([], settings=TUNED)
    pipeline = Pipeline(engine, databases, retriever=FakeRetriever(), shots=1, decoding=Decoding(32))
    assert (pipeline.shots, pipeline.decoding) == (1, Decoding(32))


def test_an_engine_knows_how_it_wants_to_be_asked(
    tiny_llama: Any, tokenizer: Any, tmp_path: Path, one_thread: None
) -> None:
    from nshot.generation.engines.loading import load_reading
    from nshot.models.base_model import quiet

    with quiet():
        tiny_llama.save_pretrained(tmp_path)
    tokenizer.chat_template = "{{ messages[0].content }} ?"
    tokenizer.save_pretrained(tmp_path)
    tokenizer.chat_template = None
    TUNED.save(tmp_path)
    engine = load_engine(tmp_path, dtype="float32")
    assert (engine.settings, engine.chat("SELECT")) == (TUNED, None)
    assert load_engine(tmp_path, dtype="float32", chat="auto").chat("SELECT") == "SELECT ?"
    reading = load_reading(str(tmp_path))
    assert (reading.settings, reading.text.chat("SELECT")) == (TUNED, None)
    assert load_reading(str(tmp_path), chat="on").text.chat("SELECT") == "SELECT ?"


def test_the_shipped_settings_write_a_prompt() -> None:
    shipped = ModelSettings.load(SHIPPED)
    assert shipped is not None
    schema = Schema("concert", SINGER.tables)
    text = shipped.builder(PLAIN, 2048).build(Question("who", "concert"), schema).text
    assert text.startswith("singer(name text, age int)\n")


def test_a_model_elsewhere_is_asked_without_beams_and_constraints() -> None:
    plain = TUNED.without_constraints()
    assert (plain.decoding.method, plain.decoding.constrain) == ("greedy", False)
    assert plain.prompt == TUNED.prompt
