"""Constrained decoding of a random model: whatever it would like to write, it writes SQL."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from nshot.errors import OptionError
from nshot.generation.decoding import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.types import Prompt

from .conftest import MUSIC, after, byte_level

pytestmark = pytest.mark.usefixtures("one_thread")

PROMPTS = [Prompt(text, schema=MUSIC) for text in ("names?\n", "how many singers?\n", "old ones?\n", "x\n")]
METHODS: list[dict[str, Any]] = [{}, {"method": "sample", "n": 3}, {"method": "beam", "n": 3}]


@pytest.fixture(scope="module")
def model(sql_tokenizer: Any) -> Any:
    """A random Llama over the tokenizer's vocabulary that likes to end."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(11)
    config = LlamaConfig(
        vocab_size=len(sql_tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.2,
        eos_token_id=sql_tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="module")
def engine(model: Any, sql_tokenizer: Any) -> TransformersEngine:
    return TransformersEngine(model, sql_tokenizer, name="tiny", chat="off")


@pytest.mark.parametrize("options", METHODS)
def test_every_completion_is_the_beginning_of_a_statement_and_a_finished_one_is_whole(
    engine: TransformersEngine, options: dict[str, Any]
) -> None:
    found = engine.generate(PROMPTS, Decoding(max_new_tokens=60, constrain=True, **options))
    completions = [completion for candidates in found for completion in candidates]
    assert len(completions) == len(PROMPTS) * options.get("n", 1)
    for completion in completions:
        state = after(completion.text)
        assert state is not None, completion.text
        assert state.complete or completion.finish == "length"


@pytest.mark.parametrize("options", METHODS)
def test_without_the_constraint_the_same_model_writes_no_sql(
    engine: TransformersEngine, options: dict[str, Any]
) -> None:
    found = engine.generate(PROMPTS, Decoding(max_new_tokens=60, **options))
    assert all(after(completion.text) is None for candidates in found for completion in candidates)


@pytest.mark.parametrize("options", METHODS)
def test_log_probabilities_are_those_of_the_model_itself(
    engine: TransformersEngine, model: Any, sql_tokenizer: Any, options: dict[str, Any]
) -> None:
    import torch

    (found,) = engine.generate(PROMPTS[:1], Decoding(max_new_tokens=1, constrain=True, **options))
    with torch.inference_mode():
        ids = torch.tensor([sql_tokenizer(PROMPTS[0].text)["input_ids"]])
        logprobs = model(ids).logits[0, -1].log_softmax(-1)
    for completion in found:
        (token,) = sql_tokenizer(completion.text)["input_ids"]
        assert completion.logprob == pytest.approx(float(logprobs[token]), abs=1e-4)


def test_greedy_takes_the_most_probable_valid_token(
    engine: TransformersEngine, model: Any, sql_tokenizer: Any
) -> None:
    import torch

    ((completion,),) = engine.generate(PROMPTS[:1], Decoding(max_new_tokens=1, constrain=True))
    with torch.inference_mode():
        ids = torch.tensor([sql_tokenizer(PROMPTS[0].text)["input_ids"]])
        order = model(ids).logits[0, -1].argsort(descending=True).tolist()
    texts = (sql_tokenizer.decode([token]) for token in order if token != sql_tokenizer.eos_token_id)
    assert completion.text == next(text for text in texts if after(text) is not None)


def test_a_beam_of_one_is_greedy(engine: TransformersEngine) -> None:
    greedy = engine.generate(PROMPTS, Decoding(max_new_tokens=40, constrain=True))
    beam = engine.generate(PROMPTS, Decoding(method="beam", beams=1, max_new_tokens=40, constrain=True))
    assert [one.text for (one,) in beam] == [one.text for (one,) in greedy]


def test_constrained_samples_depend_on_the_seed_and_not_on_the_batch(engine: TransformersEngine) -> None:
    decoding = Decoding(method="sample", n=2, seed=3, max_new_tokens=20, constrain=True)
    together = [[one.text for one in found] for found in engine.generate(PROMPTS, decoding)]
    alone = [[one.text for one in engine.generate([prompt], decoding)[0]] for prompt in PROMPTS]
    assert together == alone


def test_a_stream_is_constrained_too(engine: TransformersEngine) -> None:
    decoding = Decoding(max_new_tokens=30, constrain=True)
    for prompt in PROMPTS:
        ((completion,),) = engine.generate([prompt], decoding)
        assert "".join(engine.stream(prompt, decoding)) == completion.text


def test_a_prompt_without_a_schema_is_refused(engine: TransformersEngine) -> None:
    with pytest.raises(OptionError, match="prompt with a schema"):
        engine.generate([Prompt("names?\n")], Decoding(max_new_tokens=5, constrain=True))


@pytest.mark.parametrize("options", METHODS)
def test_a_row_that_no_token_continues_goes_on_and_is_logged(
    model: Any, sql_tokenizer: Any, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    lacking = byte_level(["xyz"], 300)
    vocabulary = lacking.get_vocab()
    rest = {token for text, token in vocabulary.items() if text.startswith(("f", "w", "Ġ"))}
    lacking.add_special_tokens(
        {"additional_special_tokens": [lacking.convert_ids_to_tokens(token) for token in sorted(rest)]}
    )
    engine = TransformersEngine(model, lacking, name="lacking", chat="off")
    with caplog.at_level(logging.WARNING):
        found = engine.generate(PROMPTS[:2], Decoding(max_new_tokens=5, constrain=True, **options))
    assert all(completion.tokens for candidates in found for completion in candidates)
    assert "unconstrained" in caplog.text
