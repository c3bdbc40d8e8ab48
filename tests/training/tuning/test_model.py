"""What is trained and what is frozen, and in which numbers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nshot.errors import EngineError, FileMissingError, OptionError
from nshot.training.tuning import model as model_module
from nshot.training.tuning.dry_run import dry_run
from nshot.training.tuning.loop.checkpoint import save_adapter
from nshot.training.tuning.memory import plan_sizes, sizes_of
from nshot.training.tuning.model import Tuned, add_adapter, check_window, load, read_lora
from nshot.training.tuning.packing.layout import Pack
from nshot.training.tuning.packing.packed import pack_loss, prepare
from nshot.training.tuning.packing.reference import reference_loss
from nshot.training.tuning.recipe.file import make_recipe
from nshot.training.tuning.recipe.recipe import TARGETS, Shape

PACK = Pack(tuple(range(5, 30)), ((31, 32, 33), (40, 41), (31, 50, 51, 52)), (2, 1, 3))


def made(table: dict[str, Any], **changes: Any) -> Tuned:
    return load(make_recipe({**table, **changes}))


def loss(tuned: Tuned) -> float:
    prepare(tuned.model)
    tuned.model.eval()
    return float(pack_loss(tuned.model, PACK).detach())


def test_the_packed_loss_is_the_sum_of_the_rows_losses(table: dict[str, Any]) -> None:
    tuned = made(table)
    wanted = float(reference_loss(tuned.model.eval(), PACK).detach())
    assert loss(tuned) == pytest.approx(wanted, abs=1e-4)


def test_the_first_layers_are_left_alone(table: dict[str, Any]) -> None:
    tuned = made(table, freeze_layers=1)
    names = [name for name, one in tuned.model.named_parameters() if one.requires_grad]
    assert names
    assert all(".layers.1." in name and "lora_" in name for name in names)


def test_the_adapter_has_the_precision_of_the_base(table: dict[str, Any]) -> None:
    import torch

    tuned = made(table, model={**table["model"], "dtype": "bfloat16"})
    assert {one.dtype for one in tuned.model.parameters()} == {torch.bfloat16}


@pytest.mark.parametrize(
    ("dtype", "native", "message"),
    [("bfloat16", False, True), ("bfloat16", True, False), ("float32", False, False)],
)
def test_a_processor_without_bfloat16_is_reported(
    table: dict[str, Any], monkeypatch: pytest.MonkeyPatch, dtype: str, native: bool, message: bool
) -> None:
    monkeypatch.setattr(model_module, "native_bfloat16", lambda: native)
    notes: list[str] = []
    recipe = make_recipe({**table, "model": {**table["model"], "dtype": dtype}})
    dry_run(recipe, lambda _stage, _steps: lambda _done: None, notes.append)
    assert any("set model.dtype to float32" in note for note in notes) is message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"freeze_layers": 2}, "freeze_layers must be at most 1, so that a layer is tuned, got 2"),
        ({"lora": {"targets": ["q_prj"]}}, r"\[lora\] does not fit llama: .*q_prj"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(
    table: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        made(table, **change)


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"sliding_window": 512}, True),
        ({"sliding_window": 4096}, False),
        ({"sliding_window": None}, False),
        ({"sliding_window": 512, "use_sliding_window": False}, False),
        ({"sliding_window": 512, "layer_types": ["full_attention"]}, False),
        ({"sliding_window": 512, "layer_types": ["full_attention", "sliding_attention"]}, True),
        ({}, False),
    ],
)
def test_rows_longer_than_a_sliding_window_are_refused(
    table: dict[str, Any], settings: dict[str, Any], refused: bool
) -> None:
    recipe = make_recipe({**table, "optim": {**table["optim"], "tokens_per_pack": 1024}})
    config = SimpleNamespace(**settings)
    if refused:
        with pytest.raises(OptionError, match=r"last 512 tokens.*optim\.tokens_per_pack to at most 512"):
            check_window(config, recipe, "mistral")
    else:
        check_window(config, recipe, "mistral")


def test_a_model_with_a_short_window_is_not_tuned_on_long_rows(table: dict[str, Any]) -> None:
    from transformers import AutoModelForCausalLM, MistralConfig

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "vocab_size": 98}
    settings = MistralConfig(**sizes, num_attention_heads=4, num_key_value_heads=2, sliding_window=64)
    model = AutoModelForCausalLM.from_config(settings)
    with pytest.raises(OptionError, match="attends to the last 64 tokens"):
        add_adapter(model, make_recipe(table), "tiny")


@pytest.mark.parametrize("device", ["cuda:77", "abacus"])
def test_a_device_that_is_not_here_is_an_error(table: dict[str, Any], device: str) -> None:
    with pytest.raises(EngineError, match=f"no device '{device}' on this machine"):
        made(table, model={**table["model"], "device": device})


def test_a_model_that_is_not_here_is_an_error_with_its_cure(tmp_path: Path) -> None:
    recipe = {
        "model": {"source": str(tmp_path / "none")},
        "data": {"pool": ["sample"]},
        "optim": {"epochs": 1},
    }
    with pytest.raises(EngineError, match=r"name a folder.*`allow_download`"):
        load(make_recipe(recipe))


@pytest.mark.parametrize("double", [False, True])
def test_unpacked_weights_compute_as_packed_ones(table: dict[str, Any], double: bool) -> None:
    kinds = [{"kind": "nf4", "double": double, "keep": keep} for keep in ("packed", "unpacked")]
    packed, unpacked = (made(table, quantise=kind) for kind in kinds)
    assert loss(packed) == pytest.approx(loss(unpacked), abs=1e-4)
    assert abs(loss(packed) - loss(made(table))) > 1e-3


def test_generating_with_packed_weights_does_not_change_them(table: dict[str, Any]) -> None:
    import torch

    tuned = made(table, quantise={"kind": "nf4"})
    before = loss(tuned)
    with torch.no_grad():
        tuned.model.eval().generate(torch.tensor([[5, 6, 7]]), max_new_tokens=3, do_sample=False)
    assert loss(tuned) == before


def test_packed_weights_are_counted_as_numbers(table: dict[str, Any]) -> None:
    whole, packed = sizes_of(made(table).model), sizes_of(made(table, quantise={"kind": "nf4"}).model)
    assert whole == packed
    assert whole.trainable + whole.frozen == sum(one.numel() for one in made(table).model.parameters())


def test_sizes_are_known_without_weights(table: dict[str, Any]) -> None:
    shape = Shape(layers=2, hidden=32, intermediate=64, heads=4, kv_heads=2, vocabulary=98, tied=True)
    by_shape = make_recipe({**table, "model": {"source": "no/where", "shape": vars(shape)}})
    assert plan_sizes(make_recipe(table)) == sizes_of(made(table).model)
    assert plan_sizes(by_shape) == sizes_of(made(table).model)


def test_a_model_of_unknown_shape_cannot_be_planned(table: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match=r"the model's sizes in \[model\.shape\]"):
        plan_sizes(make_recipe({**table, "model": {"source": "no/where"}}))


def test_an_adapter_goes_on_from_a_saved_one(table: dict[str, Any], tmp_path: Path) -> None:
    first = made(table, lora={"rank": 4, "init": "gaussian"}, optim={**table["optim"], "seed": 7})
    save_adapter(tmp_path, first.model)
    new, gone_on = made(table), made(table, lora={"rank": 4, "start": str(tmp_path)})
    assert all(one.equal(other) for one, other in zip(first.parameters, gone_on.parameters, strict=True))
    assert not all(one.equal(other) for one, other in zip(first.parameters, new.parameters, strict=True))


def test_embedded_is_the_find_shipped_adapter_as_a_start(
    table: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = made(table, lora={"rank": 4, "alpha": 8.0, "init": "gaussian"})
    save_adapter(tmp_path, first.model)
    monkeypatch.setattr("nshot.training.tuning.model.find_shipped_adapter", lambda: tmp_path)
    lora = read_lora("embedded")
    assert (lora.rank, lora.alpha, lora.start, set(lora.targets)) == (4, 8.0, "embedded", set(TARGETS))
    gone_on = made(table, lora=asdict(lora))
    assert all(one.equal(other) for one, other in zip(first.parameters, gone_on.parameters, strict=True))


def test_the_find_shipped_adapter_can_be_read_as_a_start() -> None:
    lora = read_lora("embedded")
    assert (lora.rank, lora.alpha, lora.dora) == (32, 64.0, False)


def test_an_adapter_of_another_shape_is_no_start(table: dict[str, Any], tmp_path: Path) -> None:
    save_adapter(tmp_path, made(table).model)
    with pytest.raises(
        OptionError, match=r"another kind of adapter: rank 4 instead of 8, alpha 32\.0 instead"
    ):
        made(table, lora={"rank": 8, "alpha": 4.0, "start": str(tmp_path)})
    with pytest.raises(OptionError, match=r"another kind of adapter: rslora False instead of True"):
        made(table, lora={"rank": 4, "rslora": True, "start": str(tmp_path)})
    with pytest.raises(OptionError, match=r"another shape: \d+ tensors differ"):
        made(table, lora={"rank": 4, "targets": ["q_proj"], "start": str(tmp_path)})
    with pytest.raises(FileMissingError, match="adapter"):
        made(table, lora={"rank": 4, "start": str(tmp_path / "nowhere")})
    whole = (tmp_path / "adapter_model.safetensors").read_bytes()
    (tmp_path / "adapter_model.safetensors").write_bytes(whole[:100])
    with pytest.raises(EngineError, match=r"adapter_model\.safetensors is damaged"):
        made(table, lora={"rank": 4, "start": str(tmp_path)})
    (tmp_path / "adapter_config.json").write_text("{")
    with pytest.raises(EngineError, match=r"adapter_config\.json cannot be read"):
        made(table, lora={"rank": 4, "start": str(tmp_path)})
