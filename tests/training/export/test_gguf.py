"""GGUF files of our own writer: transformers and llama.cpp read the model back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from nshot.errors import EngineError, FileMissingError
from nshot.models.gguf import read_gguf
from nshot.training.export import ExportConfig, export, find_source
from nshot.training.export.gguf import convert
from nshot.training.export.gguf.convert import NAMES
from nshot.training.export.gguf.hyperparameters import read_hyperparameters, rope_divisors
from nshot.training.export.gguf.vocabulary import LLAMA3, read_vocabulary
from nshot.training.export.gguf.write_gguf import write_gguf

from .conftest import SIZES, save_model, save_tokenizer

TEXTS = (
    "from singer select count(*)",
    "a  12\n\n 345 it's",
    "<|im_start|>user\nnaïve 東京<|im_end|>",
    " x\t",
)


def near(found: Any, expected: Any, steps: float) -> None:
    """Both weights differ by at most this share of the largest."""
    assert found.shape == expected.shape
    assert float((found - expected).abs().max()) <= steps * float(expected.abs().max())


@pytest.mark.parametrize(
    ("dtype", "steps"), [("float32", 0.0), ("float16", 2**-11), ("bfloat16", 2**-8), ("q8_0", 1 / 127)]
)
@pytest.mark.parametrize("tied", [True, False])
def test_the_weights_come_back(tmp_path: Path, dtype: str, steps: float, tied: bool) -> None:
    from transformers import AutoModelForCausalLM

    save_model(tmp_path, tie_word_embeddings=tied)
    write_gguf(tmp_path, tmp_path / "m.gguf", dtype, "tiny")
    model, _ = read_gguf(tmp_path / "m.gguf")
    before = AutoModelForCausalLM.from_pretrained(tmp_path).state_dict()
    after = model.state_dict()
    assert after.keys() == before.keys()
    for name, one in before.items():
        near(after[name], one, 0.0 if one.dim() == 1 else steps)


def test_the_configuration_comes_back(tmp_path: Path) -> None:
    from transformers import AutoConfig

    save_model(tmp_path, rms_norm_eps=1e-5, rope_parameters={"rope_theta": 50_000.0, "rope_type": "default"})
    write_gguf(tmp_path, tmp_path / "m.gguf", "float32", "tiny")
    config = read_gguf(tmp_path / "m.gguf")[0].config
    assert {name: getattr(config, name) for name in SIZES if name != "initializer_range"} == {
        name: value for name, value in SIZES.items() if name != "initializer_range"
    }
    assert config.rms_norm_eps == pytest.approx(1e-5)
    assert config.rope_parameters["rope_theta"] == 50_000.0
    assert config.vocab_size == AutoConfig.from_pretrained(tmp_path).vocab_size


def test_the_tokenizer_comes_back(base: Path, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    write_gguf(base, tmp_path / "m.gguf", "float32", "tiny")
    before, after = AutoTokenizer.from_pretrained(base), read_gguf(tmp_path / "m.gguf")[1]
    for text in TEXTS:
        assert after(text)["input_ids"] == before(text)["input_ids"]
        assert after.decode(after(text)["input_ids"]) == text
    assert after.eos_token_id == before.eos_token_id
    assert after.chat_template == before.chat_template


def test_positions_of_llama_3_are_slowed_as_transformers_does() -> None:
    import torch
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = {
        "rope_type": "llama3",
        "rope_theta": 500_000.0,
        "factor": 32.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    config = LlamaConfig(hidden_size=512, num_attention_heads=8, rope_parameters=rope)
    slowed, _ = ROPE_INIT_FUNCTIONS["llama3"](config, device="cpu")
    plain = 1.0 / 500_000.0 ** (torch.arange(0, 64, 2).float() / 64)
    factors = torch.tensor(rope_divisors(rope, 500_000.0, 64))
    torch.testing.assert_close(plain / factors, slowed, rtol=1e-5, atol=0)
    assert factors.max() == pytest.approx(32.0)
    assert factors.min() == pytest.approx(1.0)


def test_a_slowed_model_has_its_factors_in_the_file(tmp_path: Path) -> None:
    from gguf import GGUFReader

    rope = {
        "rope_type": "llama3",
        "rope_theta": 500_000.0,
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 256,
    }
    save_model(tmp_path, rope_parameters=rope)
    write_gguf(tmp_path, tmp_path / "m.gguf", "float32", "tiny")
    tensors = {tensor.name: tensor for tensor in GGUFReader(tmp_path / "m.gguf").tensors}
    assert tensors["rope_freqs.weight"].data.tolist() == pytest.approx(rope_divisors(rope, 500_000.0, 16))


def splits() -> list[tuple[str, Any]]:
    from tokenizers import Regex, pre_tokenizers

    plain = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    digits = pre_tokenizers.Digits(individual_digits=True)
    return [
        ("gpt-2", plain),
        ("gpt-2", pre_tokenizers.Sequence([plain])),
        ("smollm", pre_tokenizers.Sequence([digits, plain])),
        ("", pre_tokenizers.Sequence([pre_tokenizers.Digits(), plain])),
        ("", pre_tokenizers.ByteLevel(add_prefix_space=True)),
        ("", pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"\d"), "isolated"), inner])),
        ("", pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), inner])),
        ("", pre_tokenizers.Whitespace()),
    ]


@pytest.mark.parametrize("number", range(8))
def test_the_way_of_splitting_is_named_or_refused(tmp_path: Path, number: int) -> None:
    name, pre_tokenizer = splits()[number]
    save_tokenizer(tmp_path, pre_tokenizer)
    if name:
        assert read_vocabulary(tmp_path).splits == name
    else:
        with pytest.raises(EngineError, match=r"pre-tokenizer is unknown .*`converter`"):
            read_vocabulary(tmp_path)


def test_llama_3_keeps_whole_words(tmp_path: Path) -> None:
    import json

    from tokenizers import Regex, pre_tokenizers

    inner = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    split = pre_tokenizers.Split(Regex(LLAMA3), "isolated")
    save_tokenizer(tmp_path, pre_tokenizers.Sequence([split, inner]))
    whole = json.loads((tmp_path / "tokenizer.json").read_text())
    whole["model"]["ignore_merges"] = True
    (tmp_path / "tokenizer.json").write_text(json.dumps(whole))
    assert read_vocabulary(tmp_path).splits == "llama-bpe"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"hidden_act": "gelu"}, "with gelu"),
        ({"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2.0}}, "type yarn"),
    ],
)
def test_other_kinds_of_models_are_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    save_model(tmp_path, **changes)
    with pytest.raises(EngineError, match=rf"{words}.*`converter`"):
        read_hyperparameters(tmp_path)


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_a_named_converter_writes_the_file_or_says_why_not(tmp_path: Path, base: Path) -> None:
    writes = tmp_path / "convert_hf_to_gguf.py"
    writes.write_text("import sys\nopen(sys.argv[3], 'w').write(' '.join(sys.argv[1:]))\n")
    file = tmp_path / "m.gguf"
    assert convert(base, file, "float16", "tiny", str(writes)) == ("convert_hf_to_gguf.py", "")
    assert file.read_text() == f"{base} --outfile {file} --outtype f16"
    fails = script(tmp_path / "fails", "echo first >&2; echo 'no such model' >&2; exit 1")
    with pytest.raises(EngineError, match="fails cannot convert this model: no such model"):
        convert(base, file, "float16", "tiny", str(fails))
    with pytest.raises(FileMissingError, match="converter not found"):
        convert(base, file, "float16", "tiny", str(tmp_path / "none.py"))


def test_a_converter_on_the_path_comes_first_and_may_decline(
    tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    file, command = tmp_path / "m.gguf", tmp_path / NAMES[1]
    script(command, 'echo made > "$3"')
    assert convert(base, file, "float16", "tiny") == (NAMES[1], "")
    assert file.read_text() == "made\n"
    script(command, 'echo half > "$3"; echo unknown tokenizer >&2; exit 1')
    maker, why = convert(base, file, "float16", "tiny")
    assert maker == "nshot"
    assert "cannot convert this model: unknown tokenizer; use" in why
    assert read_gguf(file)


@pytest.mark.parametrize("dtype", ["float32", "q8_0"])
def test_llama_cpp_answers_as_the_model_was_trained(tmp_path: Path, training: Path, dtype: str) -> None:
    pytest.importorskip("llama_cpp", reason="no llama-cpp-python (pip install 'nshot[llamacpp]')")
    config = ExportConfig("gguf", dtype, agree=0.9, max_new_tokens=24)
    exported = export(find_source(str(training)), tmp_path / "out", config)
    assert exported.reader == "llama.cpp"
    assert exported.agreement.asked == 8


def test_llama_cpp_splits_text_as_the_tokenizer_does(tmp_path: Path, base: Path) -> None:
    llama_cpp = pytest.importorskip("llama_cpp", reason="no llama-cpp-python (pip install 'nshot[llamacpp]')")
    from transformers import AutoTokenizer

    write_gguf(base, tmp_path / "m.gguf", "float32", "tiny")
    llama = llama_cpp.Llama(model_path=str(tmp_path / "m.gguf"), vocab_only=True, verbose=False)
    tokenizer = AutoTokenizer.from_pretrained(base)
    for text in TEXTS:
        found = llama.tokenize(text.encode(), add_bos=True, special=True)
        assert list(found) == tokenizer(text)["input_ids"]
