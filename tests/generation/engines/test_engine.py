from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from nshot.errors import EngineError, FileMissingError, MissingExtraError, OptionError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.check import check_engine
from nshot.generation.engines.config import EngineConfig
from nshot.generation.engines.engine import Engine, load_engine
from nshot.generation.engines.llamacpp import LlamaCppEngine
from nshot.models.embedded_model import find_shipped_adapter
from nshot.types import Message, Prompt


@pytest.fixture
def folder(tiny_llama: Any, tokenizer: Any, tmp_path: Path, one_thread: None) -> Path:
    """The tiny model as a user would have it on disk."""
    place = tmp_path / "tiny"
    from nshot.models.base_model import quiet

    with quiet():
        tiny_llama.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return place


def test_a_folder_is_loaded_and_named_with_its_precision(folder: Path) -> None:
    engine = load_engine(folder, dtype="float32", context_length=64)
    assert isinstance(engine, Engine)
    assert (engine.name, engine.context_length) == ("tiny+float32", 64)
    ((completion,),) = engine.generate([Prompt("SELECT name")], Decoding(max_new_tokens=4))
    assert completion.tokens <= 4


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")
def test_an_adapter_changes_what_is_written(folder: Path, tiny_llama: Any, tmp_path: Path) -> None:
    import copy

    import torch
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(copy.deepcopy(tiny_llama), LoraConfig(r=4, target_modules=["q_proj", "v_proj"]))
    for name, weights in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.5)
    adapted.save_pretrained(str(tmp_path / "lora"))
    engine = load_engine(folder, adapter=tmp_path / "lora", dtype="float32")
    assert engine.name == "tiny+lora+float32"
    prompts = [Prompt("SELECT name FROM"), Prompt("count ( *")]
    changed = engine.generate(prompts, Decoding(max_new_tokens=8))
    plain = load_engine(folder, dtype="float32").generate(prompts, Decoding(max_new_tokens=8))
    assert [one[0].logprob for one in changed] != [one[0].logprob for one in plain]


@pytest.mark.parametrize("damage", ["no weights", "no configuration", "half of the weights"])
def test_a_damaged_adapter_is_refused_without_asking_the_hub(
    folder: Path, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", no_network)
    adapter = tmp_path / "adapter"
    shutil.copytree(find_shipped_adapter(), adapter)
    weights = adapter / "adapter_model.safetensors"
    if damage == "half of the weights":
        weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])
    else:
        (weights if damage == "no weights" else adapter / "adapter_config.json").unlink()
    with pytest.raises(EngineError, match=r"is missing|does not fit this model"):
        load_engine(folder, adapter=adapter)


@pytest.mark.parametrize("settings", [{"device": "abacus"}, {"device": "cuda:77"}])
def test_a_missing_device_is_reported(folder: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match=r"no device '.*' on this machine"):
        load_engine(folder, **settings)


def test_a_context_of_nothing_is_refused(folder: Path) -> None:
    with pytest.raises(OptionError, match="`context_length` must be at least 1"):
        load_engine(folder, context_length=0)


def test_an_adapter_of_another_model_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "lora").mkdir()
    with pytest.raises(EngineError, match=r"has no adapter: adapter_config\.json is missing"):
        load_engine(folder, adapter=tmp_path / "lora")
    with pytest.raises(EngineError, match="does not fit this model"):
        load_engine(folder, adapter=find_shipped_adapter())


def test_a_hub_id_that_is_not_at_hand_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_network(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr("socket.socket.connect", no_network)
    with pytest.raises(EngineError, match="`allow_download`"):
        load_engine("nobody/no-such-model")


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be loaded"):
        load_engine(tmp_path)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "missing.gguf"}, FileMissingError, "missing.gguf"),
        ({"model": "x", "adapter": "no-folder"}, FileMissingError, "no-folder"),
        ({"model": "x", "dtype": "int3"}, OptionError, "float32"),
        ({"model": "x", "chat": "maybe"}, OptionError, "auto, on, off"),
        ({"model": "x", "quantise": "int8"}, OptionError, "nf4"),
        ({"model": "x", "server_model": "y"}, OptionError, "not an http"),
        ({"model": "x", "backend": "llamacpp"}, OptionError, "transformers"),
        ({"model": "http://localhost/v1", "quantise": "nf4"}, OptionError, "in the server"),
        ({"model": "http:///v1"}, OptionError, "names no host"),
    ],
)
def test_options_that_cannot_work_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        load_engine(**options)


def test_llama_cpp_that_is_not_installed_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    (tmp_path / "m.gguf").touch()
    with pytest.raises(MissingExtraError, match=r"nshot\[llamacpp\]"):
        load_engine(tmp_path / "m.gguf", backend="llamacpp")


class FakeLlama:
    """The part of llama_cpp.Llama that is used: one token a byte, answers tell the prompt and the
    seed.
    """

    metadata: ClassVar = {
        "tokenizer.chat_template": "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}>"
    }
    calls: list[tuple[str, dict[str, Any]]]

    def __init__(self, model_path: str, n_ctx: int, verbose: bool) -> None:
        self.calls, self.context = [], n_ctx or 1000

    def n_ctx(self) -> int:
        return self.context

    def tokenize(self, text: bytes, add_bos: bool, special: bool) -> list[int]:
        return [1] * add_bos + list(text)

    def detokenize(self, tokens: list[int], special: bool) -> bytes:
        return b"<s>"

    def token_bos(self) -> int:
        return 1

    def token_eos(self) -> int:
        return 2

    def create_completion(self, prompt: list[int], stream: bool = False, **options: Any) -> Any:
        text = bytes(prompt).decode()
        self.calls.append((text, options))
        answer = f"SELECT {text} {options['seed']}"
        if stream:
            return iter([{"choices": [{"text": piece}]} for piece in answer])
        return {"choices": [{"text": answer, "finish_reason": "stop"}], "usage": {"completion_tokens": 2}}


def test_llama_cpp_answers_in_the_order_given_but_reads_neighbours_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("llama_cpp")
    module.Llama = FakeLlama  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "llama_cpp", module)
    (tmp_path / "m.gguf").touch()
    engine = load_engine(tmp_path / "m.gguf", backend="llamacpp")
    assert isinstance(engine, LlamaCppEngine)
    assert engine.turns([Message("user", "q")]) == "<s>q>"
    prompts = [Prompt("b1"), Prompt("a"), Prompt("b0")]
    found = engine.generate(prompts, Decoding(method="sample", n=2, seed=3))
    assert [[one.text for one in two] for two in found] == [
        ["SELECT b1 3", "SELECT b1 4"],
        ["SELECT a 3", "SELECT a 4"],
        ["SELECT b0 3", "SELECT b0 4"],
    ]
    llama: Any = engine._llama
    assert [text for text, _ in llama.calls[::2]] == ["a", "b0", "b1"]
    assert "".join(engine.stream(Prompt("a"), Decoding())) == "SELECT a 0"


def test_the_room_loads_nothing_heavy(repo: Path) -> None:
    import subprocess

    code = "import json, sys, nshot.generation; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"torch", "transformers", "httpx", "sqlglot", "jinja2", "faiss", "numpy", "peft"}
    assert heavy & set(json.loads(done.stdout)) == set()


@pytest.mark.parametrize(
    "option", [{"dtype": "float32"}, {"device": "cpu"}, {"chat": "on"}, {"backend": "llamacpp"}]
)
def test_an_option_that_a_server_would_ignore_is_refused(option: dict[str, str]) -> None:
    with pytest.raises(OptionError, match="local models"):
        load_engine("http://127.0.0.1:1/v1", server_model="m", **option)  # type: ignore[arg-type]


def test_the_folder_of_a_training_stands_for_its_best_adapter(tmp_path: Path) -> None:
    best = tmp_path / "run" / "best"
    best.mkdir(parents=True)
    (best / "adapter_config.json").write_text("{}")
    assert EngineConfig(adapter=tmp_path / "run").adapter == best
    assert EngineConfig(adapter=best).adapter == best
    assert EngineConfig(adapter=tmp_path / "gone").adapter == tmp_path / "gone"


def test_a_missing_model_is_found_without_loading_anything(tmp_path: Path) -> None:
    check_engine(EngineConfig())
    check_engine(EngineConfig("http://localhost:1/v1"))
    check_engine(EngineConfig("nobody/no-such-model", allow_download=True))
    with pytest.raises(EngineError, match="`allow_download`"):
        check_engine(EngineConfig("nobody/no-such-model"))
    with pytest.raises(EngineError, match="`allow_download`"):
        check_engine(EngineConfig(str(tmp_path / "gone")))
    with pytest.raises(EngineError, match=r"has no config\.json"):
        check_engine(EngineConfig(str(tmp_path)))
    with pytest.raises(FileMissingError):
        check_engine(EngineConfig(str(tmp_path / "gone.gguf")))
    with pytest.raises(FileMissingError):
        check_engine(EngineConfig(adapter=tmp_path / "gone"))
