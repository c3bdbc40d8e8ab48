"""The oracle is transformers' own `generate`, one prompt at a time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from nshot.errors import BudgetError, OptionError
from nshot.generation.cancellation import Cancellation
from nshot.generation.decode.prefill import Abilities
from nshot.generation.decoding import Decoding
from nshot.generation.engines.engine import Engine
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.types import Completion, Message, Prompt

from ..conftest import WORDS

pytestmark = pytest.mark.usefixtures("one_thread")

HEAD = "SELECT name FROM singer WHERE age = 1 ; SELECT song FROM concert ORDER BY age LIMIT 2 ;"


def mixed_prompts(seed: int = 0) -> list[Prompt]:
    """Two families with a long common head, and some strangers, of lengths 1 to 40."""
    rng = random.Random(seed)
    heads = [HEAD, HEAD + " GROUP BY name ( * )", ""]
    return [
        Prompt(" ".join([heads[at % 3], *rng.choices(WORDS, k=rng.randint(1, 20))]).strip())
        for at in range(17)
    ]


def plain(model: Any, tokenizer: Any, prompt: Prompt, **options: Any) -> list[list[int]]:
    """New tokens of transformers' own generation, up to the end token."""
    import torch

    ids = torch.tensor([tokenizer(prompt.text)["input_ids"]])
    found = model.generate(
        ids, attention_mask=torch.ones_like(ids), pad_token_id=2, do_sample=False, **options
    )
    new = [row[ids.shape[1] :].tolist() for row in found]
    return [row[: row.index(2)] if 2 in row else row for row in new]


def texts(engine: Engine, prompts: Sequence[Prompt], decoding: Decoding) -> list[list[str]]:
    return [[one.text for one in candidates] for candidates in engine.generate(prompts, decoding)]


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few short prompts are a group already, so that sharing and joining are at work in these
    tests.
    """
    monkeypatch.setattr("nshot.generation.decode.batching.MIN_SAVED", 20)
    monkeypatch.setattr("nshot.generation.decode.batching.MIN_SAVED_ALONE", 20)


def test_it_is_an_engine(engine: TransformersEngine) -> None:
    assert isinstance(engine, Engine)
    assert engine.context_length == 256


@pytest.mark.parametrize("options", [{}, {"max_rows": 3}, {"cache_bytes": 60_000}, {"share_prefix": False}])
def test_greedy_batches_give_the_tokens_of_plain_generation(
    tiny_llama: Any, tokenizer: Any, options: dict[str, Any]
) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny", **options)
    prompts = mixed_prompts()
    found = engine.generate(prompts, Decoding(max_new_tokens=24))
    for prompt, (completion,) in zip(prompts, found, strict=True):
        (expected,) = plain(tiny_llama, tokenizer, prompt, max_new_tokens=24)
        assert completion.text == tokenizer.decode(expected, skip_special_tokens=True)
        assert completion.tokens == len(expected)
        assert completion.finish == ("length" if completion.tokens == 24 else "stop")


def test_the_shared_head_is_computed_once(tiny_llama: Any, tokenizer: Any) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny")
    prompts = [Prompt(f"{HEAD} {word}") for word in WORDS[:8]]
    engine.generate(prompts[:1], Decoding(max_new_tokens=1))  # measures what a token's keys and values take
    sizes = []
    hook = tiny_llama.register_forward_pre_hook(
        lambda _model, _args, kwargs: sizes.append(tuple(kwargs["input_ids"].shape)), with_kwargs=True
    )
    try:
        engine.generate(prompts, Decoding(max_new_tokens=1))
    finally:
        hook.remove()
    assert sizes == [(1, len(HEAD.split())), (8, 1)]


def test_questions_on_two_schemas_write_their_answers_together(tiny_llama: Any, tokenizer: Any) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny")
    heads = [" ".join(WORDS[:16]), " ".join(reversed(WORDS[:16]))]
    prompts = [Prompt(f"{heads[at % 2]} {WORDS[at]}") for at in range(6)]
    alone = [engine.generate([prompt], Decoding(max_new_tokens=3)) for prompt in prompts]
    sizes = []
    hook = tiny_llama.register_forward_pre_hook(
        lambda _model, _args, kwargs: sizes.append(tuple(kwargs["input_ids"].shape)), with_kwargs=True
    )
    try:
        found = engine.generate(prompts, Decoding(max_new_tokens=3))
    finally:
        hook.remove()
    assert sizes[:5] == [(1, 16), (3, 1), (1, 16), (3, 1), (6, 1)]
    assert [line[0].text for line in found] == [line[0][0].text for line in alone]


@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(max_new_tokens=12),
        Decoding(max_new_tokens=12, method="beam", beams=3),
        Decoding(max_new_tokens=12, method="beam", n=3, beams=3),
        Decoding(max_new_tokens=12, method="sample", n=3),
    ],
    ids=["greedy", "beam", "beams", "samples"],
)
def test_the_kind_of_kv_cache_changes_no_text(
    tiny_llama: Any, tokenizer: Any, decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = TransformersEngine(tiny_llama, tokenizer, name="tiny").generate(mixed_prompts(), decoding)
    for share in (True, False):
        whole = Abilities(share=share, apart=False)
        monkeypatch.setattr(
            "nshot.generation.engines.transformers_engine.abilities", lambda _model, whole=whole: whole
        )
        found = TransformersEngine(tiny_llama, tokenizer, name="tiny").generate(mixed_prompts(), decoding)
        assert [[one.text for one in few] for few in found] == [[one.text for one in few] for few in apart]


@pytest.mark.parametrize(
    ("options", "rows"),
    [({}, 8), ({"max_rows": 3}, 3), ({"cache_bytes": 1}, 1), ({"cache_bytes": 2 * 512 * (16 + 4)}, 2)],
)
def test_batches_keep_within_their_limits(
    tiny_llama: Any, tokenizer: Any, options: dict[str, Any], rows: int
) -> None:
    """A token's keys and values are 512 bytes here: 2 layers, 2 heads, 16 numbers of 4 bytes,
    twice.
    """
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny", share_prefix=False, **options)
    text = " ".join(WORDS[:16])
    asked = [Prompt(text)] * 8
    assert engine.count_tokens(text) == 16
    engine.generate(asked[:1], Decoding(max_new_tokens=1))
    sizes = []
    hook = tiny_llama.register_forward_pre_hook(
        lambda _model, _args, kwargs: sizes.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    engine.generate(asked, Decoding(max_new_tokens=4))
    hook.remove()
    assert max(sizes) == rows


def test_logprob_is_the_sum_over_the_tokens(
    engine: TransformersEngine, tiny_llama: Any, tokenizer: Any
) -> None:
    import torch

    prompt = Prompt(HEAD)
    ((completion,),) = engine.generate([prompt], Decoding(max_new_tokens=5))
    (new,) = plain(tiny_llama, tokenizer, prompt, max_new_tokens=5)
    new += [2] if completion.finish == "stop" else []
    start = tokenizer(prompt.text)["input_ids"]
    with torch.inference_mode():
        logprobs = tiny_llama(torch.tensor([start + new])).logits[0].log_softmax(-1)
    expected = sum(float(logprobs[len(start) - 1 + at, token]) for at, token in enumerate(new))
    assert completion.logprob == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("method", ["greedy", "sample", "beam"])
def test_tokens_are_reported_with_their_logprobs_if_asked_for(
    engine: TransformersEngine, method: Any
) -> None:
    asked = [Prompt(HEAD, stop=(" name",)), *mixed_prompts(6)[:4]]
    decoding = Decoding(method=method, n=1 if method == "greedy" else 3, max_new_tokens=9)
    plain_ones = engine.generate(asked, decoding)
    assert not any(one.token_logprobs for completions in plain_ones for one in completions)
    found = engine.generate(asked, replace(decoding, token_logprobs=True))
    assert found == plain_ones
    for one in (one for completions in found for one in completions):
        written = b"".join(token.piece for token in one.token_logprobs).decode()
        assert written.strip().startswith(one.text.strip())
        assert all(token.logprob < 0 for token in one.token_logprobs)
    whole = [one for completions in found for one in completions if one.finish == "length"]
    whole = [one for one in whole if len(one.token_logprobs) == one.tokens]  # no special token at its end
    assert whole
    for one in whole:
        assert one.logprob == pytest.approx(sum(token.logprob for token in one.token_logprobs))


def test_each_prompt_is_settled_as_soon_as_its_own_beam_is(tiny_llama: Any, tokenizer: Any) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny")
    prompts = mixed_prompts(1)[:9]
    decoding = Decoding(method="beam", n=2, beams=3, max_new_tokens=24)
    expected = engine.generate(prompts, decoding)
    gone = Cancellation()
    gone.cancel()
    found: dict[int, list[Completion]] = {}
    passes: list[int] = []
    seen: list[int] = []

    def settled(at: int, completions: list[Completion]) -> None:
        assert at not in found
        found[at] = completions
        seen.append(len(passes))

    handle = tiny_llama.register_forward_hook(lambda *_: passes.append(1))
    engine.generate_each(prompts, decoding, [gone, *[None] * 8], settled)
    handle.remove()
    assert found == dict(list(enumerate(expected))[1:])
    assert seen[0] < seen[-1]  # the first ones do not wait for the last one


@pytest.mark.parametrize("n", [1, 3])
def test_beam_gives_the_hypotheses_of_plain_beam_search(tiny_llama: Any, tokenizer: Any, n: int) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny")
    prompts = mixed_prompts(1)[:9]
    found = engine.generate(prompts, Decoding(method="beam", n=n, beams=3, max_new_tokens=12))
    for prompt, completions in zip(prompts, found, strict=True):
        expected = plain(
            tiny_llama,
            tokenizer,
            prompt,
            max_new_tokens=12,
            num_beams=3,
            num_return_sequences=n,
            length_penalty=0.0,
            early_stopping=False,
        )
        assert [completion.text for completion in completions] == [
            tokenizer.decode(tokens, skip_special_tokens=True) for tokens in expected
        ]
        sums = [completion.logprob or 0.0 for completion in completions]
        assert sums == sorted(sums, reverse=True)


def test_beam_is_never_less_probable_than_greedy(engine: TransformersEngine) -> None:
    prompts = mixed_prompts(2)
    greedy = engine.generate(prompts, Decoding(max_new_tokens=6))
    beams = engine.generate(prompts, Decoding(method="beam", beams=8, max_new_tokens=6))
    for (one,), (other,) in zip(greedy, beams, strict=True):
        assert (other.logprob or 0.0) >= (one.logprob or 0.0) - 1e-4


def test_samples_depend_on_the_seed_and_not_on_the_batch(engine: TransformersEngine) -> None:
    prompts = mixed_prompts(3)
    decoding = Decoding(method="sample", n=3, seed=5, max_new_tokens=10)
    together = texts(engine, prompts, decoding)
    assert together == [texts(engine, [prompt], decoding)[0] for prompt in prompts]
    assert together == texts(engine, prompts[::-1], decoding)[::-1]
    other = texts(engine, prompts, Decoding(method="sample", n=3, seed=6, max_new_tokens=10))
    assert together != other


def test_samples_come_most_probable_first(engine: TransformersEngine) -> None:
    (found,) = engine.generate([Prompt(HEAD)], Decoding(method="sample", n=8, max_new_tokens=8))
    sums = [completion.logprob or 0.0 for completion in found]
    assert sums == sorted(sums, reverse=True)
    assert len({completion.text for completion in found}) > 1


def test_samples_follow_the_model_s_distribution(
    engine: TransformersEngine, tiny_llama: Any, tokenizer: Any
) -> None:
    import torch

    with torch.inference_mode():
        logits = tiny_llama(torch.tensor([tokenizer(HEAD)["input_ids"]])).logits[0, -1]
    likely = float(logits.softmax(-1).max())
    (found,) = engine.generate([Prompt(HEAD)], Decoding(method="sample", n=2000, max_new_tokens=1))
    best = tokenizer.decode([int(logits.argmax())], skip_special_tokens=True)
    share = sum(completion.text == best for completion in found) / len(found)
    assert share == pytest.approx(likely, abs=4 * (likely * (1 - likely) / 2000) ** 0.5)


def test_a_small_top_p_or_temperature_is_greedy(engine: TransformersEngine) -> None:
    prompts = mixed_prompts(4)
    greedy = texts(engine, prompts, Decoding(max_new_tokens=8))
    assert texts(engine, prompts, Decoding(method="sample", top_p=1e-6, max_new_tokens=8)) == greedy
    assert texts(engine, prompts, Decoding(method="sample", temperature=1e-5, max_new_tokens=8)) == greedy


@pytest.mark.parametrize("method", ["greedy", "sample", "beam"])
def test_a_stop_string_cuts_the_completion(engine: TransformersEngine, method: Any) -> None:
    ((whole,),) = engine.generate([Prompt(HEAD)], Decoding(method=method, max_new_tokens=12))
    mark = whole.text.split()[3]
    prompt = Prompt(HEAD, stop=(f" {mark}",))
    ((cut,),) = engine.generate([prompt], Decoding(method=method, max_new_tokens=12))
    if method != "beam":
        assert cut.text == whole.text[: whole.text.find(f" {mark}")]
        assert cut.finish == "stop"
    assert f" {mark}" not in cut.text


def test_a_stream_is_the_greedy_completion_in_pieces(engine: TransformersEngine) -> None:
    decoding = Decoding(max_new_tokens=12)
    for prompt in (*mixed_prompts(5), Prompt(HEAD, stop=(" name",))):
        pieces = list(engine.stream(prompt, decoding))
        assert "".join(pieces) == texts(engine, [prompt], decoding)[0][0]
        assert "" not in pieces


def test_a_stream_leaves_gradients_as_they_were(engine: TransformersEngine) -> None:
    import torch

    pieces = engine.stream(Prompt(HEAD), Decoding(max_new_tokens=4))
    next(pieces)
    assert not torch.is_inference_mode_enabled()


def test_several_candidates_cannot_be_streamed(engine: TransformersEngine) -> None:
    with pytest.raises(OptionError, match="one candidate"):
        engine.stream(Prompt(HEAD), Decoding(method="sample", n=2))


def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(engine: TransformersEngine) -> None:
    with pytest.raises(BudgetError) as caught:
        engine.generate([Prompt("age " * 250)], Decoding(max_new_tokens=10))
    assert (caught.value.needed, caught.value.available) == (250, 246)


def with_bos_and_template(tokenizer: Any) -> Any:
    """A copy of the tokenizer that puts <s> in front, as Llama's does, and whose template writes it
    too.
    """
    import copy

    from tokenizers.processors import TemplateProcessing

    twin = copy.deepcopy(tokenizer)
    twin.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    twin.chat_template = "<s> {% for message in messages %}# {{ message['content'] }} {% endfor %}?"
    return twin


@pytest.mark.parametrize("chat", ["on", "off"])
def test_the_beginning_of_text_is_sent_once(tiny_llama: Any, tokenizer: Any, chat: Any) -> None:
    engine = TransformersEngine(tiny_llama, with_bos_and_template(tokenizer), name="tiny", chat=chat)
    text = engine.chat("SELECT name")
    assert text == ("<s> # SELECT name ?" if chat == "on" else None)
    engine.generate([Prompt("SELECT")], Decoding(max_new_tokens=1))  # tries what the model's attention allows
    sent = []
    hook = tiny_llama.register_forward_pre_hook(
        lambda _model, _args, kwargs: sent.append(kwargs["input_ids"].tolist()), with_kwargs=True
    )
    try:
        engine.generate([Prompt(text or "SELECT name")], Decoding(max_new_tokens=1))
    finally:
        hook.remove()
    (ids,) = sent[-1]
    assert ids.count(1) == 1
    assert len(ids) == engine.count_tokens(text or "SELECT name")


def test_turns_follow_the_template(tiny_llama: Any, tokenizer: Any) -> None:
    engine = TransformersEngine(tiny_llama, with_bos_and_template(tokenizer), name="tiny")
    assert engine.turns([Message("user", "a"), Message("assistant", "b")]) == "<s> # a # b ?"


def test_chat_without_a_template_is_refused(tiny_llama: Any, tokenizer: Any) -> None:
    with pytest.raises(OptionError, match="no chat template"):
        TransformersEngine(tiny_llama, tokenizer, name="tiny", chat="on")


def test_a_sliding_window_is_not_shared_across_padding(tokenizer: Any) -> None:
    import torch
    from transformers import MistralConfig, MistralForCausalLM

    torch.manual_seed(3)
    config = MistralConfig(
        vocab_size=3 + len(WORDS),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.2,
        sliding_window=64,
        eos_token_id=2,
    )
    model = MistralForCausalLM(config).eval()
    engine = TransformersEngine(model, tokenizer, name="mistral")
    prompts = mixed_prompts()[:6]
    beams = {"num_beams": 3, "num_return_sequences": 3, "length_penalty": 0.0, "early_stopping": False}
    for decoding, options in (
        (Decoding(max_new_tokens=8), {}),
        (Decoding(method="beam", n=3, beams=3, max_new_tokens=8), beams),
    ):
        found = texts(engine, prompts, decoding)
        expected = [plain(model, tokenizer, prompt, max_new_tokens=8, **options) for prompt in prompts]
        assert found == [
            [tokenizer.decode(tokens, skip_special_tokens=True) for tokens in one] for one in expected
        ]
