"""Prefixes that are kept between calls: what is found, what is dropped, and that no answer
changes."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from tests.generation.conftest import SINGER

from nshot.generation.decode.batching import Batch
from nshot.generation.decode.prefix_cache import LEAST, PrefixCache, use_known
from nshot.generation.decoding import Decoding
from nshot.generation.engines.transformers_engine import TransformersEngine
from nshot.types import Prompt

HEAD = "name age singer song " * 20
DECODINGS = [
    Decoding(max_new_tokens=12),
    Decoding(method="beam", beams=3, n=2, max_new_tokens=12),
    Decoding(method="beam", beams=2, max_new_tokens=12, constrain=True),
]


def layers(tokens: int) -> list[tuple[Any, Any]]:
    """Keys and values of one layer, 8 bytes a token."""
    import torch

    values = torch.arange(tokens, dtype=torch.float32).view(1, 1, tokens, 1)
    return [(values, values)]


def test_the_longest_known_beginning_is_found() -> None:
    cache = PrefixCache(1 << 20)
    cache.put(range(100), layers(100))
    cache.put([*range(90), *range(500, 600)], layers(190))
    found = cache.find([*range(90), *range(500, 580), 7, 8])
    assert found is not None
    assert (found.length, found.layers[0][0].shape[2]) == (170, 190)


def test_a_short_common_beginning_is_not_worth_it() -> None:
    cache = PrefixCache(1 << 20)
    cache.put(range(100), layers(100))
    assert cache.find([*range(LEAST - 1), 999, 998]) is None
    found = cache.find([*range(LEAST), 999])
    assert found is not None
    assert found.length == LEAST


def test_what_is_dropped_is_freed_without_a_collection_of_garbage(tiny_llama: Any, tokenizer: Any) -> None:
    heads = [f"{name} {HEAD}" for name in ("name", "age", "singer")]
    room = _kept_bytes(tiny_llama, tokenizer, heads[0])
    engine = TransformersEngine(tiny_llama, tokenizer, name="tiny", prefix_bytes=room + 8)
    seen: list[weakref.ref[Any]] = []
    gc.disable()
    try:
        for head in heads:
            engine.generate([Prompt(head)], Decoding(method="beam", beams=2, max_new_tokens=4))
            assert engine._prefixes is not None
            (layers,) = engine._prefixes._kept.values()
            seen.append(weakref.ref(layers[0][0]))
            del layers
        assert [one() is None for one in seen] == [True, True, False]
    finally:
        gc.enable()


def _kept_bytes(model: Any, tokenizer: Any, head: str) -> int:
    engine = TransformersEngine(model, tokenizer, name="tiny", prefix_bytes=1 << 20)
    engine.generate([Prompt(head)], Decoding(max_new_tokens=1))
    assert engine._prefixes is not None
    return engine._prefixes.bytes


def test_the_last_token_is_left_to_compute() -> None:
    cache = PrefixCache(1 << 20)
    cache.put(range(100), layers(100))
    found = cache.find(range(100))
    assert found is not None
    assert found.length == 99


def test_another_question_on_a_known_schema_is_not_kept_again() -> None:
    cache = PrefixCache(1 << 20)
    cache.put(range(200), layers(200))
    size = cache.bytes
    cache.put([*range(180), *range(900, 920)], layers(200))
    assert cache.bytes == size
    cache.put([*range(100), *range(900, 1000)], layers(200))
    assert cache.bytes == 2 * size


def test_the_prefix_that_was_not_used_for_longest_is_dropped_by_bytes() -> None:
    cache = PrefixCache(2 * 8 * 100 + 8)
    first, second, third = (range(start, start + 100) for start in (0, 1000, 2000))
    for tokens in (first, second):
        cache.put(tokens, layers(100))
    assert cache.find(first) is not None  # now the second is the one that waits longest
    cache.put(third, layers(100))
    assert cache.bytes == 2 * 8 * 100
    assert [cache.find(tokens) is not None for tokens in (first, second, third)] == [True, False, True]


def test_one_that_is_larger_than_all_memory_drops_nothing() -> None:
    cache = PrefixCache(8 * 100)
    cache.put(range(100), layers(100))
    cache.put(range(1000, 1200), layers(200))
    assert cache.find(range(100)) is not None
    assert cache.bytes == 8 * 100


def test_what_is_kept_does_not_change_with_the_tensors_it_came_from() -> None:
    cache, states = PrefixCache(1 << 20), layers(100)
    cache.put(range(100), states)
    states[0][0].zero_()
    found = cache.find(range(100))
    assert found is not None
    assert float(found.layers[0][0].sum()) == sum(range(100))


def test_prompts_of_a_known_beginning_become_batches_of_their_own() -> None:
    cache = PrefixCache(1 << 20)
    cache.put(range(100), layers(100))
    cache.put(range(1000, 1100), layers(100))
    prompts = [[*range(80), 7], [5] * 70, [*range(1000, 1090), 8], [*range(95), 9], [6] * 80]
    batches = use_known([Batch((0, 1, 2, 3), 0), Batch((4,), 30)], prompts, cache)
    assert batches == [Batch((0, 3), 80), Batch((2,), 90), Batch((1,), 0), Batch((4,), 30)]


def written(engine: TransformersEngine, prompts: list[Prompt], decoding: Decoding) -> list[list[str]]:
    return [[one.text for one in candidates] for candidates in engine.generate(prompts, decoding)]


@pytest.mark.parametrize("decoding", DECODINGS, ids=["greedy", "beam", "constrained"])
def test_answers_with_a_known_prefix_are_those_without(
    tiny_llama: Any, tokenizer: Any, decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts = [Prompt(f"{HEAD} {word}\n", schema=SINGER) for word in ("SELECT", "WHERE age", "count ( * )")]
    without = TransformersEngine(tiny_llama, tokenizer, name="without")
    expected = [written(without, [prompt], decoding) for prompt in prompts]
    engine = TransformersEngine(tiny_llama, tokenizer, name="with", prefix_bytes=1 << 20)
    lengths: list[int] = []

    def count(module: Any, args: Any, options: dict[str, Any], output: Any) -> None:
        lengths.append(options["input_ids"].shape[1])

    handle = tiny_llama.register_forward_hook(count, with_kwargs=True)
    try:
        assert [written(engine, [prompt], decoding) for prompt in prompts] == expected
        assert [length for length in lengths if length > LEAST] == [81]  # of the first prompt
        lengths.clear()
        assert written(engine, [*prompts, Prompt("name age", schema=SINGER)], decoding)[:3] == [
            answer for (answer,) in expected
        ]
        assert max(lengths) < LEAST
        stream = Decoding(max_new_tokens=8)
        assert "".join(engine.stream(prompts[1], stream)) == written(without, prompts[1:2], stream)[0][0]
    finally:
        handle.remove()


def test_a_prefix_that_a_batch_shares_is_known_to_the_next_call(tiny_llama: Any, tokenizer: Any) -> None:
    engine = TransformersEngine(tiny_llama, tokenizer, name="with", prefix_bytes=1 << 20)
    decoding = Decoding(max_new_tokens=1)
    many = [Prompt(f"{HEAD * 2} {word}") for word in ("SELECT", "WHERE", "count", "max", "FROM", "song")]
    engine.generate(many, decoding)
    cache = engine._prefixes
    assert cache is not None
    found = cache.find(engine._encode(Prompt(f"{HEAD * 2} LIMIT"), decoding))
    assert found is not None
    assert found.length == 160


def test_an_engine_keeps_no_prefix_unless_it_is_told_to(tiny_llama: Any, tokenizer: Any) -> None:
    assert TransformersEngine(tiny_llama, tokenizer, name="plain")._prefixes is None
