"""Our forward pass of Llama models against that of transformers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nshot.generation.engines.engine import load_engine
from nshot.generation.llama.forward import (
    _COMPLETE,
    LlamaForward,
    _read_complete_config,
    load_llama,
    read_plain_config,
)
from nshot.models import native_bfloat16

PROMPTS = [[1, 5, 6, 7, 8, 9], [1, 4, 9]]


def make(folder: Path, **changes: Any) -> Any:
    """A random Llama in a folder, and the model itself."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    options: dict[str, Any] = {
        "vocab_size": 40,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "initializer_range": 0.2,
        "eos_token_id": 2,
    }
    shards = {"max_shard_size": changes.pop("max_shard_size")} if "max_shard_size" in changes else {}
    dtype = changes.pop("dtype", torch.float32)
    LlamaForCausalLM(LlamaConfig(**{**options, **changes})).save_pretrained(folder, **shards)
    return LlamaForCausalLM.from_pretrained(folder, dtype=dtype).eval()


def logits(model: Any, prompts: list[list[int]] = PROMPTS) -> tuple[Any, Any]:
    """Logits of the prompts' last token, padded on the left, and of one token more."""
    import torch
    from transformers import DynamicCache

    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(row)) + row for row in prompts])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in prompts])
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    cache = DynamicCache()
    with torch.inference_mode():
        first = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
        more = model(
            input_ids=torch.tensor([[11]] * len(prompts)),
            attention_mask=torch.cat([mask, torch.ones(len(prompts), 1, dtype=torch.long)], dim=1),
            position_ids=positions[:, -1:] + 1,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        ).logits
    return first, more


@pytest.mark.parametrize("prompts", [PROMPTS, PROMPTS[:1]], ids=["padded", "alone"])
def test_bfloat16_logits_are_those_of_transformers_bit_by_bit(
    tmp_path: Path, prompts: list[list[int]]
) -> None:
    import torch

    if not native_bfloat16():
        pytest.skip("torch multiplies bfloat16 in another way on this processor")
    # Large enough for torch to multiply by oneDNN, which is what packed weights are for.
    sizes = {"hidden_size": 256, "intermediate_size": 512}
    theirs = make(tmp_path, dtype=torch.bfloat16, **sizes)
    ours = load_llama(tmp_path, None, "bfloat16")
    for found, expected in zip(logits(ours, prompts), logits(theirs, prompts), strict=True):
        assert found.dtype == torch.bfloat16
        assert torch.equal(found, expected)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tie_word_embeddings": True},
        {"head_dim": 32},
        {"max_shard_size": "20KB"},
        {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
        {
            "rope_parameters": {
                "rope_type": "llama3",
                "rope_theta": 500.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            }
        },
    ],
    ids=["plain", "tied", "wide heads", "sharded", "theta", "llama3"],
)
def test_float32_logits_are_those_of_transformers(tmp_path: Path, changes: dict[str, Any]) -> None:
    import torch

    theirs = make(tmp_path, **changes)
    ours = load_llama(tmp_path, None, "float32")
    assert isinstance(ours, LlamaForward)
    for found, expected in zip(logits(ours), logits(theirs), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


def test_without_a_cache_all_logits_are_computed(tmp_path: Path) -> None:
    import torch

    theirs, ours = make(tmp_path), load_llama(tmp_path, None, "float32")
    assert ours is not None
    ids = torch.tensor(PROMPTS[:1])
    with torch.inference_mode():
        torch.testing.assert_close(ours(ids).logits, theirs(input_ids=ids).logits, rtol=1e-4, atol=1e-4)


def adapt(model: Any, folder: Path, **options: Any) -> Any:
    """The model with a random adapter of peft, which is saved."""
    import torch
    from peft import LoraConfig, get_peft_model

    targets = options.pop("target_modules", ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"])
    adapted = get_peft_model(
        model, LoraConfig(r=4, lora_alpha=12, task_type="CAUSAL_LM", target_modules=targets, **options)
    )
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.3)
    adapted.save_pretrained(folder)
    return adapted.eval()


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_adapter_is_merged_in_float32(tmp_path: Path) -> None:
    import torch

    base = make(tmp_path / "base")
    plain = logits(base)
    theirs = adapt(base, tmp_path / "adapter")
    ours = load_llama(tmp_path / "base", tmp_path / "adapter", "float32")
    for found, expected, without in zip(logits(ours), logits(theirs), plain, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        assert not torch.allclose(found, without, atol=0.1)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_merged_weight_is_rounded_once(tmp_path: Path) -> None:
    import torch

    from nshot.generation.llama.forward import LINEAR
    from nshot.models import open_weights

    base = make(tmp_path / "base")
    name = "model.layers.1.mlp.down_proj.weight"
    merged = adapt(base, tmp_path / "adapter").merge_and_unload().state_dict()[name]
    with open_weights(tmp_path / "base", tmp_path / "adapter", LINEAR) as weights:
        assert weights is not None
        found = weights.read(name, torch.bfloat16)
    assert (found == merged.bfloat16()).float().mean() > 0.99  # the sums may differ in their last bit


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:Setting `save_embedding_layers`")
@pytest.mark.parametrize(
    "options",
    [
        {"use_dora": True},
        {"rank_pattern": {"v_proj": 2}},
        {"alpha_pattern": {"v_proj": 2}},
        {"use_rslora": True},
        {"modules_to_save": ["lm_head"]},
        {"bias": "lora_only"},
        {"target_modules": ["embed_tokens"]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_other_adapters_are_left_to_peft(tmp_path: Path, options: dict[str, Any]) -> None:
    adapt(make(tmp_path / "base"), tmp_path / "adapter", **options)
    assert load_llama(tmp_path / "base", tmp_path / "adapter", "float32") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_act": "gelu"},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 500.0, "factor": 2.0}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_other_models_are_left_to_transformers(tmp_path: Path, changes: dict[str, Any]) -> None:
    make(tmp_path, **changes)
    assert load_llama(tmp_path, None, "float32") is None


def test_damaged_files_are_left_to_transformers(tmp_path: Path) -> None:
    make(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert load_llama(tmp_path, None, "float32") is None


def test_the_engine_of_a_folder_computes_with_it_and_stops_at_its_end_tokens(
    tmp_path: Path, tokenizer: Any, tiny_llama: Any
) -> None:
    tiny_llama.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    engine: Any = load_engine(str(tmp_path), dtype="float32")
    assert isinstance(engine._model, LlamaForward)
    assert engine._ends == {2}


def test_a_complete_configuration_is_read_as_transformers_reads_it(tmp_path: Path) -> None:
    from transformers import AutoConfig, GenerationConfig

    make(tmp_path)
    found = _read_complete_config(tmp_path)
    assert found is not None
    config, ends = found
    expected = AutoConfig.from_pretrained(tmp_path)
    assert {name: getattr(config, name) for name in _COMPLETE} == {
        name: getattr(expected, name) for name in _COMPLETE
    }
    assert config.rope_parameters == expected.rope_parameters
    assert ends.eos_token_id == GenerationConfig.from_pretrained(tmp_path).eos_token_id == 2


@pytest.mark.parametrize(
    "change", [{"head_dim": ...}, {"rope_theta": 500.0}, {"rope_parameters": {"rope_type": "llama3"}}]
)
def test_a_configuration_that_leaves_something_out_is_left_to_transformers(
    change: dict[str, Any], tmp_path: Path
) -> None:
    make(tmp_path)
    file = tmp_path / "config.json"
    changed = {**json.loads(file.read_text(encoding="utf-8")), **change}
    kept = {name: value for name, value in changed.items() if value is not ...}
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert _read_complete_config(tmp_path) is None


def test_the_end_tokens_may_be_said_by_the_model_alone(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "generation_config.json").unlink()
    assert _read_complete_config(tmp_path) is None
    found = read_plain_config(tmp_path)
    assert found is not None
    assert found[1].eos_token_id == 2
