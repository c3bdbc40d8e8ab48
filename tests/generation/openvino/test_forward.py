"""The forward pass in 8 bits against that in float32."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.generation.llama.test_forward import make

from nshot.errors import EngineError
from nshot.generation.decode.prefill import Prefilled, join_batches, prefill
from nshot.generation.engines.engine import load_engine
from nshot.generation.llama.forward import load_llama
from nshot.generation.openvino import loading
from nshot.generation.openvino.forward import OpenVinoForward
from nshot.generation.openvino.loading import load_openvino

PROMPTS = [[1, 5, 6, 7, 8, 9], [1, 5, 6, 4]]
CLOSE = 0.2
"""Most difference of log-probabilities that 8 bits make in the small model below."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers."""
    made = tmp_path_factory.mktemp("llama")
    make(made, intermediate_size=128)
    return made


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("NSHOT_CACHE", str(tmp_path))
    return tmp_path


def load(folder: Path) -> OpenVinoForward:
    model = load_openvino(folder, None)
    assert model is not None
    return model


def logprobs(state: Prefilled, order: list[int] | None = None) -> Any:
    rows = state.logits.log_softmax(-1)
    return rows if order is None else rows[[order.index(row) for row in range(len(order))]]


def walk(states: list[Prefilled]) -> list[Any]:
    """Log-probabilities along a beam: rows that part, move, end and leave a prompt without any."""
    state = join_batches(states)
    found = [logprobs(state)]
    order = state.grow([0, 0, 1, 1], [4, 5, 6, 7])
    found.append(logprobs(state, order))
    for parents, tokens in (([3, 0, 0], [8, 9, 10]), ([1, 1], [11, 12]), ([1], [13])):
        order = state.grow([order.index(parent) for parent in parents], tokens)
        found.append(logprobs(state, order))
    return found


@pytest.mark.parametrize("prefix", [0, 3])
def test_a_beam_sees_what_it_sees_in_float32(folder: Path, cache: Path, prefix: int) -> None:
    import torch

    exact = load_llama(folder, None, "float32")
    with torch.inference_mode():
        expected, found = (
            walk([prefill(model, PROMPTS, prefix, 0, apart=True)]) for model in (exact, load(folder))
        )
    for some, others in zip(expected, found, strict=True):
        assert some.shape == others.shape
        torch.testing.assert_close(others, some, atol=CLOSE, rtol=0)


def test_kernels_of_few_shapes_are_kept(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import openvino

    compile_model, given = openvino.Core.compile_model, []

    def spy(core: Any, model: Any, device: str, config: dict[str, Any]) -> Any:
        given.append(config["CPU_RUNTIME_CACHE_CAPACITY"])
        return compile_model(core, model, device, config)

    monkeypatch.setattr(openvino.Core, "compile_model", spy)
    load(folder)
    assert given == [loading.MOST_KERNELS]
    assert int(os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"]) <= loading.MOST_KERNELS


def test_joined_batches_are_one_batch(folder: Path, cache: Path) -> None:
    import torch

    model = load(folder)
    with torch.inference_mode():
        together = walk([prefill(model, PROMPTS, 0, 0, apart=True)])
        apart = walk([prefill(model, [prompt], 0, 0, apart=True) for prompt in PROMPTS])
    for some, others in zip(together, apart, strict=True):
        torch.testing.assert_close(some, others, atol=1e-4, rtol=0)


def test_two_batches_in_turn_do_not_mix(folder: Path, cache: Path) -> None:
    import torch

    model = load(folder)

    def alone(prompt: list[int]) -> Any:
        state = prefill(model, [prompt], 0, 0, apart=True)
        state.grow([0], [5])
        return logprobs(state)

    with torch.inference_mode():
        expected = [alone(prompt) for prompt in PROMPTS]
        states = [prefill(model, [prompt], 0, 0, apart=True) for prompt in PROMPTS]
        for state in states:
            state.grow([0], [5])
    for state, some in zip(states, expected, strict=True):
        torch.testing.assert_close(logprobs(state), some, atol=1e-5, rtol=0)


def test_what_was_compiled_is_read_again(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    first = load(folder)
    (kept,) = cache.rglob("*.blob")
    with monkeypatch.context() as patch:
        patch.setattr(loading, "build_graph", None)  # calling it would fail
        again = load(folder)
    kept.write_bytes(kept.read_bytes()[:1000])  # damaged: it is made again
    with torch.inference_mode():
        logits = [model(torch.tensor([PROMPTS[0]])).logits for model in (first, again, load(folder))]
    assert torch.equal(logits[0], logits[1])
    assert torch.equal(logits[0], logits[2])


def test_few_compiled_models_are_kept(
    folder: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MOST_KEPT", 1)
    load(folder)
    (before,) = cache.rglob("*.blob")
    other = tmp_path_factory.mktemp("other")
    make(other, num_hidden_layers=1)
    load(other)
    (after,) = cache.rglob("*.blob")
    assert after != before


def test_int8_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"]}')
    with pytest.raises(EngineError, match=r"`dtype` int8 needs OpenVINO .* leave `dtype` at auto"):
        load_engine(str(tmp_path), dtype="int8")


def test_the_embedded_model_is_in_8_bits_unless_asked_otherwise() -> None:
    assert load_engine().name.endswith("+int8")
    assert load_engine(dtype="float32").name.endswith("+float32")


def test_many_prompts_are_answered_in_lanes_as_alone(
    folder: Path, cache: Path, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from nshot.generation import Cancellation, Decoding
    from nshot.generation.decode.lanes import run_in_lanes
    from nshot.generation.engines import transformers_engine
    from nshot.generation.engines.transformers_engine import TransformersEngine
    from nshot.types import Prompt

    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    ran: list[int] = []

    def spy(lanes: Any, groups: Any, *rest: Any) -> None:
        ran.append(len(lanes))
        run_in_lanes(lanes, groups, *rest)

    monkeypatch.setattr(transformers_engine, "run_in_lanes", spy)
    engine = TransformersEngine(load(folder), tokenizer, name="small")
    prompts = [Prompt(text) for text in ("SELECT name", "age", "count ( )", "SELECT name FROM singer", "max")]
    decoding = Decoding(method="beam", beams=3, n=2, max_new_tokens=6)
    alone = [engine.generate([prompt], decoding)[0] for prompt in prompts]
    assert not ran
    together = engine.generate(prompts, decoding)
    assert ran == [2]
    assert [[one.text for one in some] for some in together] == [[one.text for one in some] for some in alone]
    flag = Cancellation()
    flag.cancel()
    found = engine.generate(prompts, decoding, [None, flag, None, None, None])
    assert [some[0].finish == "error" for some in found] == [False, True, False, False, False]


def test_what_a_batch_needed_is_given_back_and_made_again(folder: Path, cache: Path, tokenizer: Any) -> None:
    from nshot.generation import Decoding, Resident
    from nshot.generation.engines.transformers_engine import TransformersEngine
    from nshot.types import Prompt

    model = load(folder)
    engine = TransformersEngine(model, tokenizer, name="small")
    assert isinstance(engine, Resident)
    prompts = [Prompt("SELECT name"), Prompt("age")]
    decoding = Decoding(method="beam", beams=3, n=2, max_new_tokens=6)
    before = engine.generate(prompts, decoding)
    assert model._request.get_tensor("keys.0").shape[0] == 2
    engine.release()
    assert model._request.get_tensor("keys.0").shape[0] == 1
    assert engine.generate(prompts, decoding) == before
