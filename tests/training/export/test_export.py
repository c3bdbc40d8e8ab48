"""Exports: what is written answers as what was trained, or nothing is written."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import DataError, EngineError, OptionError, UnknownNameError
from nshot.generation import ModelSettings, load_engine
from nshot.prompting import PromptConfig
from nshot.training.export import ExportConfig, export, find_source
from nshot.training.export.agreement import compare
from nshot.training.export.weights import load_merged, load_trained
from nshot.training.tuning.model import load_frozen
from nshot.training.tuning.recipe.recipe import QuantisePart


def quick(to: Any, dtype: str | None = "float32", **changes: Any) -> ExportConfig:
    """Short answers; in float32, where even a model that learnt little answers the same twice."""
    return ExportConfig(to, dtype, **{"max_new_tokens": 16, **changes})


def weights(model: Any) -> dict[str, Any]:
    return {name: one.float() for name, one in model.state_dict().items()}


def adapted_weights(source: Any) -> Iterator[tuple[str, Any, Any]]:
    """Of each adapted layer: its name, its base's weight, and what the adapter adds to it."""
    for name, module in load_trained(source).model.named_modules():
        if hasattr(module, "lora_A") and hasattr(module, "get_delta_weight"):
            delta = module.get_delta_weight("default").float()
            yield name.removeprefix("base_model.model."), module.get_base_layer().weight.float(), delta


def texts(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.glob("*.json"))


def test_a_merged_model_is_base_and_adapter_in_one(tmp_path: Path, training: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    source = find_source(str(training))
    exported = export(source, tmp_path / "out", quick("merged"))
    assert exported.agreement.share == 1.0
    assert exported.agreement.asked == 8
    assert exported.origin == "held-out databases of the training"
    found = weights(AutoModelForCausalLM.from_pretrained(tmp_path / "out"))
    parts = list(adapted_weights(source))
    assert len(parts) == 14
    for name, base, delta in parts:
        assert delta.abs().max() > 0
        torch.testing.assert_close(found[f"{name}.weight"], base + delta, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("to", ["merged", "adapter", "gguf"])
def test_every_export_is_recorded_and_tells_nothing_of_this_machine(
    tmp_path: Path, training: Path, base: Path, to: Any
) -> None:
    out = tmp_path / "out"
    exported = export(find_source(str(training), "last"), out, quick(to, probes=3))
    record = json.loads((out / "export.json").read_text())
    assert (record["to"], record["dtype"], record["base"]) == (to, "float32", "tiny-llama")
    assert record["agreement"] | {"asked_by": ""} == {
        "questions": 3,
        "same": 3,
        "share": 1.0,
        "bound": 0.9,
        "from": "held-out databases of the training",
        "asked_by": "",
        "same_in_its_dtype": None,
    }
    assert str(base.parent) not in texts(out)
    assert str(tmp_path) not in texts(out)
    assert exported.model.exists()
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o644}
    assert list(tmp_path.iterdir()) == [out]


def test_an_adapter_goes_on_with_its_base(tmp_path: Path, training: Path, base: Path) -> None:
    from safetensors.torch import load_file

    export(find_source(str(training)), tmp_path / "out", quick("adapter", "bfloat16", agree=0))
    config = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "tiny-llama"
    kept = load_file(tmp_path / "out" / "adapter_model.safetensors")
    before = load_file(training / "best" / "adapter_model.safetensors")
    assert kept.keys() == before.keys()
    assert all(bool((one == before[name].bfloat16()).all()) for name, one in kept.items())
    assert load_engine(base, adapter=tmp_path / "out", dtype="float32").name


def test_how_to_ask_goes_with_the_model(tmp_path: Path, training: Path) -> None:
    folder = tmp_path / "adapter"
    shutil.copytree(training / "best", folder)
    ModelSettings(PromptConfig(template="compact"), chat="off", shots=0).save(folder)
    base = json.loads((training / "run.json").read_text())["recipe"]["model"]["source"]
    exported = export(find_source(str(folder), base=base), tmp_path / "out", quick("merged", probes=3))
    assert exported.origin == "the bundled sample"
    kept = ModelSettings.load(tmp_path / "out")
    assert kept is not None
    assert kept.prompt.template == "compact"


def test_rows_of_a_file_are_answered(tmp_path: Path, training: Path, rows: Path) -> None:
    config = quick("merged", probe=rows, probes=100)
    exported = export(find_source(str(training)), tmp_path / "out", config)
    assert (exported.origin, exported.agreement.asked) == ("train.jsonl", 32)


def test_rows_that_are_gone_are_replaced_by_the_sample(tmp_path: Path, training: Path) -> None:
    source = find_source(str(training))
    assert source.recipe is not None
    gone = replace(source.recipe, data=replace(source.recipe.data, files=("gone.jsonl",)))
    config = quick("merged", probes=2, max_new_tokens=4)
    exported = export(replace(source, recipe=gone), tmp_path / "out", config)
    assert (exported.origin, exported.agreement.asked) == ("the bundled sample", 2)


def test_an_export_that_answers_otherwise_is_refused_and_removed(
    tmp_path: Path, training: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([["select 1", "select 2"], ["select 1", "select 3"]])
    module = importlib.import_module("nshot.training.export.export")
    monkeypatch.setattr(module, "answers", lambda *_: next(given))
    with pytest.raises(EngineError, match=r"only 1 of 2 .*at least 90 %.*'select 2'.*'select 3'"):
        export(find_source(str(training)), tmp_path / "out", ExportConfig("merged"))
    assert list(tmp_path.iterdir()) == []
    given = iter([["select 1", "select 2"], ["select 1", "select 3"], ["select 4", "select 3"]])
    exported = export(find_source(str(training)), tmp_path / "out", ExportConfig("merged", agree=0.5))
    assert exported.in_its_dtype is not None
    assert (exported.agreement.same, exported.in_its_dtype.same) == (1, 0)


def test_no_question_gives_no_agreement() -> None:
    with pytest.raises(EngineError, match="no question"):
        compare([], [])


def test_weights_of_4_bits_are_refused(tmp_path: Path, training: Path, base: Path) -> None:
    with pytest.raises(OptionError, match=r"4-bit weights \(nf4\): rounding would remove"):
        ExportConfig("merged", "nf4")
    packed = tmp_path / "packed"
    shutil.copytree(base, packed)
    config = json.loads((packed / "config.json").read_text())
    config["quantization_config"] = {"quant_method": "bitsandbytes", "load_in_4bit": True}
    (packed / "config.json").write_text(json.dumps(config))
    with pytest.raises(EngineError, match="stored in few bits"):
        load_merged(find_source(str(training), base=str(packed)))


def test_what_was_trained_over_rounded_weights_is_merged_into_them(training: Path) -> None:
    import torch

    source = find_source(str(training))
    rounded = replace(source, quantise=QuantisePart("nf4", keep="unpacked"))
    found = weights(load_merged(rounded).model)
    plain, _, _ = load_frozen(source.model, QuantisePart())
    for name, base, delta in adapted_weights(rounded):
        assert not torch.equal(base, plain.get_submodule(name).weight)
        torch.testing.assert_close(found[f"{name}.weight"], base + delta, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"to": "onnx"}, UnknownNameError),
        ({"to": "merged", "dtype": "q8_0"}, UnknownNameError),
        ({"to": "merged", "probes": 0}, OptionError),
        ({"to": "merged", "agree": 1.5}, OptionError),
        ({"to": "merged", "converter": "x.py"}, OptionError),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ExportConfig(**settings)


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path, training: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(DataError, match="has other files"):
        export(find_source(str(training)), tmp_path, ExportConfig("merged"))
    with pytest.raises(DataError, match="`out` must be a folder"):
        export(find_source(str(training)), tmp_path / "x.gguf", ExportConfig("gguf"))


def test_the_working_directory_is_refused_before_a_model_is_loaded(
    tmp_path: Path, training: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = find_source(str(training.resolve()))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for out in (Path(), tmp_path / "here"):
        with pytest.raises(DataError, match="is the working directory"):
            export(source, out, ExportConfig("merged"))
    assert not list(tmp_path.glob("here/*"))


def test_what_is_no_adapter_is_named(tmp_path: Path, training: Path) -> None:
    with pytest.raises(DataError, match="neither the folder of a training nor of an adapter"):
        find_source(str(tmp_path))
    shutil.copytree(training / "last", tmp_path / "last")
    with pytest.raises(DataError, match="`which` last"):
        find_source(str(tmp_path))
    (tmp_path / "last" / "adapter_model.safetensors").unlink()
    with pytest.raises(DataError, match="so the weights are missing"):
        find_source(str(tmp_path), "last")
    (tmp_path / "last" / "adapter_config.json").write_text("{")
    (tmp_path / "last" / "adapter_model.safetensors").touch()
    with pytest.raises(EngineError, match="damaged"):
        find_source(str(tmp_path), "last")
    with pytest.raises(UnknownNameError):
        find_source(str(tmp_path), "worst")  # type: ignore[arg-type]


def test_an_adapter_with_numbers_that_are_none_is_refused(tmp_path: Path, training: Path, base: Path) -> None:
    from safetensors.torch import load_file, save_file

    shutil.copytree(training / "best", tmp_path / "best")
    file = tmp_path / "best" / "adapter_model.safetensors"
    tensors = load_file(file)
    name = next(iter(tensors))
    tensors[name][0, 0] = float("nan")
    save_file(tensors, file)
    source = find_source(str(tmp_path / "best"), base=str(base))
    for to in ("merged", "adapter"):
        config = quick(to, probes=1)
        with pytest.raises(EngineError, match="has values that are not finite"):
            export(source, tmp_path / "out", config)


def test_the_command_writes_and_says_how_much_agrees(
    tmp_path: Path, training: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nshot.cli import main

    def command(*arguments: object) -> None:
        given = [*map(str, arguments), "--probes", "2"]
        monkeypatch.setattr("sys.argv", ["nshot", "train", "export", str(training), "--to", "merged", *given])
        with pytest.raises(SystemExit) as left:
            main()
        assert not left.value.code

    command("--out", tmp_path / "half", "--dtype", "bfloat16", "--agree", 0)
    assert capsys.readouterr().out.splitlines()[-1].startswith("computed in 16 bits, as it is written: ")
    assert json.loads((tmp_path / "half" / "export.json").read_text())["agreement"]["same_in_its_dtype"] <= 2
    command("--out", tmp_path / "out", "--dtype", "float32")
    place, line = capsys.readouterr().out.splitlines()
    assert place == str(tmp_path / "out")
    assert line.startswith("2 of 2 answers are the same (100.0 %), asked by transformers, questions of ")
